"""The commands of operators and lawyers: what they print and how they end."""

import base64
import hashlib
import json
import zipfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import lives
from workflow import guards, registry
from workflow.ledger import audit, canonical
from workflow.models import Alarm, Case, Chain, Deadline, Disclosure, LawConfirmation, LogEntry

pytestmark = pytest.mark.django_db


def told(*line, **options):
    out = StringIO()
    call_command(*line, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def case():
    office = lives.Office()
    found = lives.filed(office)
    lives.act(office, found, "accept", "2026-03-05 10:00", "head")
    return found


# procedures --------------------------------------------------------------------------------------------------------


def test_a_procedure_is_printed_as_json_with_the_agreed_keys():
    told_ = json.loads(told("procedures", "explanation", "--format", "json"))
    assert set(told_) == {"states", "transitions", "checklists", "periods", "ladders", "assumptions", "versions"}
    declared = registry.get("explanation")
    assert told_["states"] == list(declared.states)
    assert [row["name"] for row in told_["transitions"]] == list(declared.rules)
    for row in told_["transitions"]:
        assert {"name", "source", "target", "by", "law", "starts", "stops"} <= set(row)
    assert [one["law"] for one in told_["checklists"]["fields"]][-1] == "NĐ59 Đ.10 k.2 b"
    accept = next(row for row in told_["transitions"] if row["name"] == "accept")
    assert (accept["source"], accept["target"], accept["by"]) == (["received"], "accepted", ["explainer"])
    assert (accept["stops"], accept["starts"]) == (["decide"], ["explain"])
    assert [one["law"] for one in accept["conditions"]] == ["", "NĐ59 Đ.4 k.1", "NĐ59 Đ.4 k.2", "NĐ59 Đ.10 k.2 b"]
    assert all(set(version) == {"name", "effective", "confirmed"} for version in told_["versions"])


def test_the_text_names_every_act_article_period_and_ground():
    text = told("procedures", "explanation", "--language", "en")
    declared = registry.get("explanation")
    law = declared.versions[-1]
    flat = " ".join(text.split())
    for rule in declared.rules.values():
        assert rule.title.split()[0] in flat
    for needed in [*(p.cite for p in law.periods.values()), *(ground.code for ground in law.grounds)]:
        assert needed in flat
    assert all(line == line.rstrip() and len(line) <= 160 for line in text.splitlines())


def test_every_condition_says_what_it_asks():
    for declared in registry.procedures().values():
        for rule in declared.rules.values():
            assert rule.doc, rule.name
            assert all(condition.__doc__ for condition in rule.conditions), rule.name


def test_the_diagram_draws_every_state():
    dot = told("procedures", "explanation", "--format", "dot")
    assert dot.startswith("digraph explanation {")
    assert all(f"  {state} [label=" in dot for state in registry.get("explanation").states)


def test_the_diagram_of_the_documentation_is_that_of_the_declaration(settings):
    """If not: print it anew with `--format dot --language en` and draw it with `dot -Tsvg`."""
    kept = (settings.BASE_DIR / "docs" / "explanation.dot").read_text(encoding="utf-8")
    assert told("procedures", "explanation", "--format", "dot", "--language", "en") == kept


def test_an_unknown_procedure_or_version_is_named():
    with pytest.raises(CommandError, match="nothing"):
        call_command("procedures", "nothing")
    with pytest.raises(CommandError, match="explanation|NĐ 59"):
        call_command("procedures", "explanation", "--law", "NĐ 0")


# confirm_law -------------------------------------------------------------------------------------------------------


def confirm(document="12/BC-STP", by="Luật sư Trần A", **options):
    return told("confirm_law", "explanation", "--document", document, "--by", by, **options)


def test_a_confirmation_is_recorded_once_and_logged_for_ever():
    confirm()
    confirm()
    row = LawConfirmation.objects.get()
    assert (row.procedure, row.document, row.confirmed_by) == ("explanation", "12/BC-STP", "Luật sư Trần A")
    entry = LogEntry.objects.get(chain="system", transition="law_confirmed")
    assert entry.data["document"] == "12/BC-STP"
    shown = json.loads(told("procedures", "explanation", "--format", "json"))
    assert [version["confirmed"] for version in shown["versions"]] == [True]


def test_a_second_confirmation_by_another_document_is_refused():
    confirm()
    with pytest.raises(CommandError, match="12/BC-STP"):
        confirm(document="13/BC-STP")
    with pytest.raises(CommandError):
        confirm(document=" ")
    with pytest.raises(CommandError, match="NĐ 0"):
        told("confirm_law", "explanation", "--document", "1", "--by", "A", "--version", "NĐ 0")
    assert LawConfirmation.objects.count() == 1


# sweep -------------------------------------------------------------------------------------------------------------


def test_a_sweep_prints_how_many_of_each_rung_it_fired(case):
    at = "2026-03-14T09:00+07:00"
    assert json.loads(told("sweep", "--at", at, "--json"))["fired"] == {"seven_left": 1}
    assert json.loads(told("sweep", "--at", at, "--json"))["fired"] == {}
    assert Alarm.objects.filter(rung="seven_left").count() == 1


def test_a_sweep_ahead_of_time_is_for_samples_only(case, settings):
    settings.SIMULATED_CLOCK_ALLOWED = False
    with pytest.raises(CommandError, match="2099"):
        told("sweep", "--at", "2099-01-01T00:00")
    with pytest.raises(CommandError):
        call_command("sweep", "--at", "tomorrow")


def test_a_sweep_that_had_to_set_a_case_aside_says_so_and_fails(case):
    at = "2026-03-14T09:00+07:00"
    Deadline.objects.filter(case=case, state="running").update(law_version="no such law")
    out = StringIO()
    with pytest.raises(CommandError, match="1"):
        call_command("sweep", "--at", at, "--json", stdout=out)
    told_ = json.loads(out.getvalue())
    assert told_["fired"] == {}
    assert told_["lag_seconds"] == 25 * 3600  # since Friday 13/03, 08:00
    assert told_["set_aside"][case.code]["why"] == "KeyError: 'no such law'"
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("sweep", "--at", at, stdout=out)
    assert case.code in out.getvalue()


# add_rung ----------------------------------------------------------------------------------------------------------

RUNG = ["add_rung", "xa-tan-hoa", "explanation", "decide", "early", "--offset", "-4", "--tells", "officer"]


def test_an_agency_adds_a_rung_by_a_decision(case):
    told(*RUNG, "--text", "Sớm", "--decision", "12/QĐ-UBND")
    entry = LogEntry.objects.get(transition="rung_added")
    assert (entry.chain, entry.data["decision"]) == ("agency:xa-tan-hoa", "12/QĐ-UBND")


@pytest.mark.parametrize(
    "changed",
    [["--decision", " "], ["--tells", "neighbour"], ["--hour", "24"]],
)
def test_a_rung_that_cannot_be_is_refused(case, changed):
    with pytest.raises(CommandError):
        told(*RUNG, "--text", "Sớm", "--decision", "12/QĐ-UBND", *changed)
    with pytest.raises(CommandError, match="nowhere"):
        told("add_rung", "nowhere", *RUNG[2:], "--text", "Sớm", "--decision", "12/QĐ-UBND")
    with pytest.raises(CommandError, match="never"):
        told(*RUNG[:3], "never", *RUNG[4:], "--text", "Sớm", "--decision", "12/QĐ-UBND")
    assert not LogEntry.objects.filter(transition="rung_added").exists()


# verify ------------------------------------------------------------------------------------------------------------


def wrong():
    """Return what verify finds, as (chain, seq); it must fail to find something."""
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert found["verified"] is False
    return {(one["chain"], one["seq"]) for one in found["failures"]}


def test_a_sound_log_is_verified(case):
    found = json.loads(told("verify", "--json"))
    assert found == {"entries": 2, "chains": 1, "checkpoints": 0, "size": 0, "verified": True, "failures": []}
    assert "2" in told("verify")


def test_a_changed_column_is_found_and_the_entry_named(case):
    with guards.lifted():
        LogEntry.objects.filter(chain=case.chain, seq=1).update(actor="user:1")
    assert wrong() == {(case.chain, 1)}
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify", stdout=out)
    assert f"{case.chain} #1: " in out.getvalue()


def test_changed_bytes_are_found_even_with_a_fresh_hash(case):
    entry = LogEntry.objects.get(chain=case.chain, seq=1)
    data = bytes(entry.canonical).replace(b"electronic", b"in_person!")
    with guards.lifted():
        LogEntry.objects.filter(pk=entry.pk).update(canonical=data)
        assert (case.chain, 1) in wrong()
        LogEntry.objects.filter(pk=entry.pk).update(hash=canonical.digest(data))
    assert (case.chain, 2) in wrong()


def test_a_missing_entry_is_found(case):
    """Its chain ends too early, a deadline does not know why, and the notice that the act cited is named by nothing."""
    last = LogEntry.objects.get(chain=case.chain, seq=2)
    with guards.lifted():
        Disclosure.objects.filter(entry=last).delete()
        LogEntry.objects.filter(pk=last.pk).delete()
    assert wrong() == {(case.chain, 0), (case.chain, 1), (case.chain, 2)}


def test_a_changed_disclosure_is_found_but_an_erased_one_is_not(case):
    Disclosure.objects.filter(name="requester.phone").delete()
    assert audit.check().failures == []
    Disclosure.objects.filter(name="requester.name").update(value='"Ai khác"')
    assert wrong() == {(case.chain, 1)}


def test_a_case_that_stands_elsewhere_than_its_log_is_found(case):
    with guards.lifted():
        Case.objects.filter(pk=case.pk).update(state="refused")
    assert wrong() == {(case.chain, 2)}


def test_chains_beside_the_cases_are_checked_to_their_heads(case):
    confirm()
    assert audit.check().chains == 2
    Chain.objects.filter(name="system").update(head="0" * 64)
    assert wrong() == {("system", 1)}
    Chain.objects.filter(name="system").delete()
    assert wrong() == {("system", 0)}


# export_log --------------------------------------------------------------------------------------------------------


def bundle(path):
    """Return the entries of a bundle, each checked as its README says."""
    with zipfile.ZipFile(path) as file:
        assert {"README.txt", "entries.jsonl", "checkpoints.jsonl", "log.pub"} <= set(file.namelist())
        rows = [json.loads(line) for line in file.read("entries.jsonl").decode().splitlines()]
    prev = {}
    for row in rows:
        data = base64.b64decode(row["canonical"])
        assert hashlib.sha256(data).hexdigest() == row["hash"]
        assert json.loads(data[1:])["prev"] == prev.get(row["chain"], "")
        prev[row["chain"]] = row["hash"]
        for one in row["disclosures"]:
            commitment = hashlib.sha256(b"\x01" + bytes.fromhex(one["salt"]) + one["value"].encode()).hexdigest()
            assert commitment in data.decode()
    return rows


def test_a_bundle_holds_the_exact_bytes_and_what_is_disclosed(case, tmp_path):
    told("export_log", "--case", case.code.lower(), str(tmp_path / "case.zip"))
    rows = bundle(tmp_path / "case.zip")
    assert [(row["chain"], row["seq"]) for row in rows] == [(case.chain, 1), (case.chain, 2)]
    assert "requester.name" in {one["name"] for one in rows[0]["disclosures"]}
    assert LogEntry.objects.get(chain="system", transition="exported").data["case"] == case.code


def test_a_bundle_of_an_agency_holds_what_is_below_it(case, tmp_path):
    confirm()
    for slug, chains in (("tinh", {case.chain}), ("xa-khac", set())):
        told("export_log", "--agency", slug, str(tmp_path / f"{slug}.zip"))
        assert {row["chain"] for row in bundle(tmp_path / f"{slug}.zip")} == chains
    told("export_log", "--all", str(tmp_path / "all.zip"))
    assert {row["chain"] for row in bundle(tmp_path / "all.zip")} == {case.chain, "system"}


def test_what_cannot_be_exported_is_said(case, tmp_path):
    file = tmp_path / "out.zip"
    file.touch()
    for line in (["--case", "GT-0"], ["--agency", "nowhere"], ["--all"]):
        with pytest.raises(CommandError):
            told("export_log", *line, str(file))
