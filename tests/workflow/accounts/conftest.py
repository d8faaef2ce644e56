"""What the tests of accounts share."""

import pytest

from tests import lives


@pytest.fixture
def off():
    """A province with its offices and people."""
    return lives.Office()


@pytest.fixture
def at_once(monkeypatch):
    """Do at once what waits for a commit that the test never makes."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda work, **kwargs: work())


@pytest.fixture
def mandatory(settings, at_once):
    """Demand the second factor, as production does."""
    settings.SECOND_FACTOR_MANDATORY = True
