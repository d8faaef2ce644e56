"""What all tests share: nothing leaves the process, and a missing service is seen."""

import pytest
from django.utils import translation

from tests import services


def need(service):
    """Skip a test whose service is missing, by name; fail it where services are required."""
    if why := service.why_not():
        stop = pytest.fail if services.REQUIRED else pytest.skip
        stop(f"{service.name}: {why}")


def pytest_runtest_setup(item):
    """Look for the services that a test's markers name."""
    if item.get_closest_marker("browser"):
        need(services.CHROMIUM)
    if marker := item.get_closest_marker("broker"):
        need(services.SERVICES[marker.args[0]])
    if item.get_closest_marker("postgres"):
        from django.db import connection

        if connection.vendor != "postgresql":
            need(services.POSTGRES)
            pytest.skip("PostgreSQL: reachable; this test runs in the second run")


@pytest.fixture(autouse=True)
def _nothing_leaves(settings, tmp_path):
    """Files go to the test's own folder, passwords are hashed quickly."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _sentences_are_english():
    """Without a page that has its own language, sentences are read in English, in which the tests quote them."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True, scope="session")
def _messages_stay_here():
    """Background work that a test starts waits in this process and is never run behind its back."""
    from config.celery import app

    app.conf.broker_url = "memory://"


@pytest.fixture(autouse=True, scope="session")
def _flushes_may_empty_the_log():
    """Lift the database's guards while a test with real transactions empties its tables, and only then."""
    from django.core.management.commands import flush

    from workflow import guards

    empty = flush.Command.handle

    def handle(self, **options):
        with guards.lifted(options["database"]):
            empty(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", handle)
        yield


@pytest.fixture(scope="session")
def chromium():
    """The path of a Chromium to drive."""
    return services.CHROMIUM.url
