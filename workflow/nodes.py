"""A person's task in an office flow: who may do it, at which agency it lies, which legal acts it carries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from viewflow import this
from viewflow.workflow import flow

from workflow import clock, permissions
from workflow.law import Role

PLACE = "agency:%d"
"""How viewflow's owner permission names the agency where a task lies."""


def _nowhere(request: Any, **kwargs: Any) -> Any:
    """Answer for viewflow's own pages of a task; ours are in `workflow.views.tasks`."""
    raise Http404


class Desk(flow.View):
    """One task of a person.

    by: roles that may do it, held at the agency where the task lies
    acts: transitions that complete it; a task without any is completed by its form
    usual: the acts a page leads to first, in this order: the first that may be done; `acts` where nothing is said
    form: form class of a task without acts, made with `(activation, data, files)`
    done: `done(activation, cleaned, user)` keeps what the form said
    at: `at(activation)` returns the agency where it lies, if not the case's own

    viewflow's stock permission checks answer by the same rule: role at the agency, or nothing.
    """

    def __init__(
        self,
        *,
        by: tuple[Role, ...],
        acts: tuple[str, ...] = (),
        usual: tuple[str, ...] = (),
        form: Any = None,
        done: Callable[[Any, dict[str, Any], Any], None] | None = None,
        at: Callable[[Any], int] | None = None,
    ) -> None:
        """Keep the declaration of the task."""
        super().__init__(_nowhere)
        self.roles, self.acts, self.usual = by, acts, usual or acts
        self.form, self.done, self.at = form, done, at

    def _resolve(self, instance: Any) -> None:
        """Find the flow's own methods that the declaration names."""
        super()._resolve(instance)
        self.done, self.at = this.resolve(instance, self.done), this.resolve(instance, self.at)

    def calc_owner_permission(self, activation: Any) -> str:
        """Return the place of a new task, for the queue."""
        return PLACE % (self.at(activation) if self.at else activation.process.case.agency_id)

    def calc_owner_permission_obj(self, activation: Any) -> None:
        """Return nothing: the place is named by the permission itself."""

    def can_assign(self, user: Any, task: Any) -> bool:
        """Return whether the person may take the task."""
        return task.owner_id is None and self.may(user, task)

    def can_execute(self, user: Any, task: Any) -> bool:
        """Return whether the person may do the task."""
        return task.owner_id in (None, user.pk) and self.may(user, task)

    def can_unassign(self, user: Any, task: Any) -> bool:
        """Return whether the person may give the task back."""
        return task.owner_id == user.pk and self.may(user, task)

    def may(self, user: Any, task: Any, posts: list[Any] | None = None) -> bool:
        """Return whether the person holds one of the task's roles where it lies; nobody else may."""
        if not user.is_authenticated:
            return False
        held = permissions.posts_of(user, clock.now()) if posts is None else posts
        return permissions.works_at(held, self.roles, place_of(task))


def place_of(task: Any) -> int:
    """Return the id of the agency where a task lies; 0 if none, so that nobody holds a role there."""
    kind, _, pk = (task.owner_permission or "").partition(":")
    return int(pk) if kind == "agency" and pk.isdigit() else 0
