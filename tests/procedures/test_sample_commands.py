"""`manage.py sample` and `manage.py demo`: what they load, what they refuse, what they print."""

import json
from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from procedures import sample
from workflow.clock import LEGAL_ZONE
from workflow.models import Case, LogEntry, User

pytestmark = pytest.mark.django_db

LIVES = sample.lives()


def test_acts_that_lie_ahead_are_left_out():
    sample.settle()
    stories = {name: LIVES[name] for name in ("03-phi-sap-cho", "04-phi-sap-cho-ban-sao")}
    cases = sample.play(stories, until=datetime(2026, 1, 27, tzinfo=LEGAL_ZONE))
    assert list(cases) == ["03-phi-sap-cho"]
    assert cases["03-phi-sap-cho"].state == "accepted"


@pytest.fixture
def one_life(monkeypatch):
    """A sample of a single short life; the copy it gives needs the case it copies."""
    short = {"09-tieng-on-thi-cong": LIVES["09-tieng-on-thi-cong"]}
    monkeypatch.setattr(sample, "lives", lambda: short)


def told(*line, **options):
    out = StringIO()
    call_command(*line, stdout=out, **options)
    return out.getvalue()


def test_the_sample_is_loaded_once(one_life):
    assert "1" in told("sample")
    entries = LogEntry.objects.count()
    assert told("sample")
    assert (Case.objects.count(), LogEntry.objects.count()) == (1, entries)
    assert User.objects.get(username="thanhtra.vien").check_password("giaitrinh")


def test_the_sample_refuses_a_database_in_use(one_life):
    from tests import lives

    lives.Office()
    with pytest.raises(CommandError, match="DATABASE_URL"):
        call_command("sample", stdout=StringIO())
    assert not User.objects.filter(username="thanhtra.vien").exists()


def test_production_takes_no_sample(settings):
    settings.SIMULATED_CLOCK_ALLOWED = False
    with pytest.raises(CommandError):
        call_command("sample", stdout=StringIO())
    assert not User.objects.exists()


def test_the_accounts_are_printed_one_on_a_line(one_life):
    assert "giaitrinh" not in told("sample", "--accounts")
    told("sample")
    lines = told("sample", "--accounts").splitlines()
    assert any(line.split()[0] == "thanhtra.vien" for line in lines)
    assert 5 <= len(lines) <= 12
    assert len(told("sample", "--accounts", verbosity=2).splitlines()) == len(sample.people()) + 1


@pytest.mark.slow
def test_the_demonstration_lives_apart_and_agrees_with_the_files():
    result = json.loads(told("demo", "--json"))
    assert set(result) == {"cases", "log"}
    assert len(result["cases"]) == len(LIVES)
    for case, life in zip(result["cases"], LIVES.values(), strict=True):
        assert case["path"] == life["expect"]["path"]
        dues = [one.get("due") for one in life["expect"]["deadlines"]]
        assert [one["due"] and date.fromisoformat(one["due"]) for one in case["deadlines"]] == dues
        assert {"code", "path", "due", "done"} <= set(case)
    assert result["log"]["verified"] is True
    assert result["log"]["entries"] > 200
    assert not Case.objects.exists()


@pytest.mark.slow
def test_the_demonstration_refuses_any_other_database():
    with pytest.raises(CommandError):
        call_command("demo", "--inside", "/nowhere/demo.sqlite3", stdout=StringIO())
    assert not Case.objects.exists()
