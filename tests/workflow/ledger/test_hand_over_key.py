"""`manage.py hand_over_key`: who trusts the old key trusts the new one, and what went out before still verifies."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from tests import lives
from tests.workflow.ledger import other_verifier
from workflow import clock
from workflow.ledger import export, keys, verify
from workflow.ledger.models import Handover
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def own(tmp_path, settings):
    """A log with a key of its own; returns its public half."""
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"
    return keys.public()


def test_the_next_key_is_drawn_named_and_trusted(own, tmp_path, settings, capsys):
    case = lives.brought(lives.Office(), "accepted")
    call_command("hand_over_key", tmp_path / "next.pem")
    said = capsys.readouterr().out
    settings.LEDGER_KEY_FILE = tmp_path / "next.pem"
    assert keys.public() != own
    assert str(keys.public()) in said
    assert f"LEDGER_KEY_FILE={tmp_path / 'next.pem'}" in said
    assert LogEntry.objects.get(transition="key_handed_over").data["key"] == str(keys.public())
    assert (tmp_path / "next.pem").stat().st_mode & 0o077 == 0
    export.write(tmp_path / "bundle.zip", export.Scope(case=case.code), at=clock.now())
    assert verify.verify(tmp_path / "bundle.zip", own).failures == []
    other_verifier.verify(tmp_path / "bundle.zip", str(own), [])


def test_what_is_no_other_key_is_refused_and_nothing_is_handed_over(own, tmp_path):
    (tmp_path / "text.pem").write_text("no key")
    for file, why in (
        (tmp_path / "text.pem", "holds no Ed25519 key"),
        (tmp_path / "ledger.pem", "the key that signs now"),
        (tmp_path / "nowhere" / "next.pem", "No such file"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("hand_over_key", file)
    assert not Handover.objects.exists()
    assert (tmp_path / "text.pem").read_text() == "no key"
