"""The evidence bundle of one's own case: what is in it, what is not, who gets it, and that it holds."""

import io
import json
import zipfile

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile

from tests import appeals, lives
from tests.procedures.test_citizen_pages import browser, office, opened  # noqa: F401
from tests.workflow.ledger import other_verifier
from workflow import clock, engine
from workflow.ledger import chain, keys, seal, verify
from workflow.models import Case, LogEntry
from workflow.particulars import commit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_key(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"
    cache.clear()


@pytest.fixture
def case(office):  # noqa: F811
    """A request that was answered by a letter with a scan, and whose date of receipt somebody wants to correct."""
    found = lives.filed(office)
    lives.act(office, found, "accept", "2026-03-05 10:00", "head")
    with lives.on("2026-03-06 09:00"):
        answer = lives.paper(found, "T9", file=ContentFile(b"%PDF-1.7 the answer", name="tra-loi.pdf"))
        engine.fire(found, "sign", actor=office.head, **lives.given(found, "sign", answer=answer))
    lives.act(office, found, "send", "2026-03-06 10:00", "clerk")
    return Case.objects.get(pk=found.pk)


def taken(client, case, tmp_path):
    """Take the bundle; return its path and its members."""
    response = client.post(f"/ho-so/{case.code}/chung-cu/")
    assert response.status_code == 200, response.content.decode()
    assert response["Content-Disposition"] == f'attachment; filename="chung-cu-{case.code}.zip"'
    assert "no-store" in response["Cache-Control"]
    content = b"".join(response.streaming_content)
    path = tmp_path / "own.zip"
    path.write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        return path, {name: bundle.read(name) for name in bundle.namelist()}


def test_it_holds_and_shows_what_the_page_shows(browser, office, case, tmp_path):  # noqa: F811
    opened(browser, case)
    assert "Download the evidence of this case" in browser.get(f"/ho-so/{case.code}/").content.decode()
    path, members = taken(browser, case, tmp_path)
    assert verify.verify(path, keys.public()).failures == []
    other_verifier.verify(path, str(keys.public()))
    lines = [json.loads(line) for line in members["entries.jsonl"].splitlines()]
    assert {one["chain"] for one in lines} == {case.chain}
    values = {one["name"]: one["value"] for line in lines for one in line["disclosures"]}
    assert values["requester.name"] == '"Nguyễn Văn An"'
    assert values["answers.0.text"] == '"Giải trình."'
    assert "actor_name" not in values
    everything = b"".join(members.values()).decode(errors="replace")
    for person in (office.head, office.clerk):
        assert person.full_name not in everything
    assert b"%PDF-1.7 the answer" in members.values()
    assert "trich-luc.pdf" not in members


def test_what_is_beside_the_acts_stays_committed(browser, office, case, tmp_path):  # noqa: F811
    """Words of one official to another, such as why a date is corrected, are not the citizen's to read."""
    disclosures = []
    data = {"reason": commit("reason", "Nhầm dấu đến.", disclosures)}
    with lives.on("2026-03-07 09:00"):
        noted(case, "receipt_corrected", data, disclosures, office.clerk)
    opened(browser, case)
    path, members = taken(browser, case, tmp_path)
    assert "Nhầm dấu đến." not in members["entries.jsonl"].decode()
    assert verify.verify(path, keys.public()).failures == []


def noted(case, event, data, disclosures, by):
    """Append an entry that is no act to a case's chain."""
    case.seq += 1
    row = chain.beside(case, event, at=clock.now(), actor=by, data=data, disclosures=disclosures)
    entry = LogEntry.objects.create(**row)
    for one in disclosures:
        entry.disclosures.create(**one)
    Case.objects.filter(pk=case.pk).update(seq=case.seq, head=case.head)


def test_that_it_was_taken_is_recorded_first(browser, case, tmp_path):  # noqa: F811
    opened(browser, case)
    taken(browser, case, tmp_path)
    entry = LogEntry.objects.get(chain=chain.SECURITY, transition="exported")
    assert (entry.actor, entry.agency_id) == ("requester", case.agency_id)
    assert (entry.data["list"], entry.data["chosen"]) == ("bundle", {"case": case.code})
    assert "Nguyễn" not in bytes(entry.canonical).decode()


def test_nobody_else_gets_it(client, browser, office, case):  # noqa: F811
    other = lives.filed(office)
    opened(browser, other)
    for ask in (browser.get, browser.post):
        assert ask(f"/ho-so/{case.code}/chung-cu/").status_code == 404
    assert not LogEntry.objects.filter(transition="exported").exists()


def test_it_is_given_five_times_in_a_quarter_of_an_hour(browser, case, tmp_path):  # noqa: F811
    opened(browser, case)
    for _ in range(5):
        taken(browser, case, tmp_path)
    refused = browser.post(f"/ho-so/{case.code}/chung-cu/")
    assert refused.status_code == 429
    assert "Wait 15 minutes" in refused.content.decode()
    assert LogEntry.objects.filter(transition="exported").count() == 5
    assert browser.get(f"/ho-so/{case.code}/chung-cu/").status_code == 200


def test_a_log_that_is_broken_gives_none_and_says_so(browser, case, monkeypatch):  # noqa: F811
    opened(browser, case)

    def broken(**_):
        raise seal.Broken(why="x")

    monkeypatch.setattr(seal, "seal", broken)
    refused = browser.post(f"/ho-so/{case.code}/chung-cu/")
    assert refused.status_code == 503
    assert "Tell the inspectorate" in refused.content.decode()
    assert not LogEntry.objects.filter(transition="exported").exists()


def test_a_complainant_gets_that_of_the_complaint(browser, tmp_path):  # noqa: F811
    house = appeals.Office()
    complaint = appeals.lodged(appeals.refused(house, "2026-08-03 09:00", "2026-08-04"), "2026-08-05 09:00")
    found = Case.objects.get(pk=complaint.pk)
    Case.objects.filter(pk=found.pk).update(secret_hash=engine.hash_secret("AAAA-BBBB-CCCC-DDDD"))
    browser.post("/theo-doi/", {"code": found.code, "secret": "AAAA-BBBB-CCCC-DDDD"})
    path, members = taken(browser, found, tmp_path)
    assert verify.verify(path, keys.public()).failures == []
    assert {json.loads(line)["chain"] for line in members["entries.jsonl"].splitlines()} == {found.chain}
