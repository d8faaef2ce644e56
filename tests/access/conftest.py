"""The world is made once for all of these tests; each request is undone."""

import logging
from unittest import mock

import pytest
from django.db import transaction
from django.utils import translation

from tests.access.world import World


@pytest.fixture(autouse=True)
def _nothing_leaves():
    """Files stay where the world has put them, not in each test's own folder."""


def _forget(*_signal, **_rendered):
    """Nobody asks which templates were rendered; to keep them costs a copy of each context."""


@pytest.fixture(scope="package")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """An office with everybody in it, a case in every state, and a browser for each person."""
    from django.test import override_settings

    settings = override_settings(
        MEDIA_ROOT=tmp_path_factory.mktemp("media"),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    whole = mock.patch("workflow.views.office.PAGE", 500)  # lists are compared whole
    dead = mock.patch("notifications.views.administration.PAGE", 5000)
    quiet = mock.patch.object(logging.getLogger("django.request"), "disabled", True)  # most answers refuse something
    bare = mock.patch("django.test.client.store_rendered_templates", _forget)
    with (
        django_db_blocker.unblock(),
        settings,
        whole,
        dead,
        quiet,
        bare,
        translation.override("en"),
        transaction.atomic(),
    ):
        yield World()
        transaction.set_rollback(True)
