"""Who may do what: the one home of every power (thẩm quyền).

`held` says which powers a person holds on a day, `reach` which cases and agencies a power reaches, `acts` whether an
act may be done under it now, `pages` what a page asks of its reader. Buttons, forms, querysets, downloads, exports,
the API and `fire()` ask here, and nobody decides elsewhere; what nothing allows is refused.
"""

from workflow.permissions.acts import Capacity, enters_paper, facts_of, holds, not_met, refusal
from workflow.permissions.held import (
    ADMINISTRATOR,
    CLERK,
    HEAD,
    INSPECTOR,
    OFFICER,
    RECEIVER,
    holders,
    posts_at,
    posts_of,
    working,
    works_at,
)
from workflow.permissions.reach import STEP, administered, administers, in_scope, inspected, under, visible

__all__ = [
    "ADMINISTRATOR",
    "CLERK",
    "HEAD",
    "INSPECTOR",
    "OFFICER",
    "RECEIVER",
    "STEP",
    "Capacity",
    "administered",
    "administers",
    "enters_paper",
    "facts_of",
    "holders",
    "holds",
    "in_scope",
    "inspected",
    "not_met",
    "posts_at",
    "posts_of",
    "refusal",
    "under",
    "visible",
    "working",
    "works_at",
]
