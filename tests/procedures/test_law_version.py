"""A new law is a new version in the data: cases received before keep the old one, and nothing else changes."""

import ast
import html
import re
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from procedures.explanation.law import DECREE_59
from tests import lives
from workflow import checks, engine, errors, registry
from workflow.calendar import CALENDAR_DAY, WORKING_DAY, Period
from workflow.law import Ground, Item

pytestmark = pytest.mark.django_db

SHORT = re.compile(r"\b(NĐ59|NĐ30|PCTN|LKN|LTCD|LTTHC|BLDS)\b")
FIRST = re.compile(SHORT.pattern + r"|59/2019|Điều \d|Article \d|Law on Complaints")
"""What would give the first version away."""


def other(cite: str) -> str:
    """Return a clause of the fictitious law: every instrument of the first one under another name."""
    return SHORT.sub(lambda found: found[0] + "x", cite)


NEW = replace(
    DECREE_59,
    name="NĐ 999/2027/NĐ-CP",
    effective=date(2026, 11, 1),
    periods={
        **{key: replace(period, cite=other(period.cite)) for key, period in DECREE_59.periods.items()},
        "decide": Period(7, CALENDAR_DAY, "NĐ59x Đ.7", "received", label="Notice"),
        "explain": Period(10, WORKING_DAY, "NĐ59x Đ.8", "accepted", label="Explanation"),
        "extension": Period(3, WORKING_DAY, "NĐ59x Đ.8"),
    },
    cites={key: other(cite) for key, cite in DECREE_59.cites.items()},
    grounds=(
        *(replace(ground, cite=other(ground.cite)) for ground in DECREE_59.grounds),
        Ground("S4", "NĐ59x Đ.9", "Flood.", ("suspend",)),
        Ground("R5", "NĐ59x Đ.10", "Asked too often.", ("refuse",)),
    ),
    values={**DECREE_59.values, "extensions": 2},
    checklists={
        "fields": {
            code: replace(item, cite=other(item.cite))
            for code, item in DECREE_59.checklists["fields"].items()
            if code != "contact"
        },
        "content_types": {
            **{code: replace(i, cite=other(i.cite)) for code, i in DECREE_59.checklists["content_types"].items()},
            "costs": Item("NĐ59x Đ.3 k.5", "What it costs"),
        },
    },
    instruments={"NĐ59x": "Decree 999"},
)


@pytest.fixture
def office(monkeypatch):
    declared = registry.get("explanation")
    versions = declared.versions
    object.__setattr__(declared, "versions", (DECREE_59, NEW))
    yield lives.Office()
    object.__setattr__(declared, "versions", versions)


def law_of(entry):
    return entry.law_version, {fact["law"] for fact in entry.data["clocks"]}, entry.data["law"]


def test_the_new_version_is_well_declared(office):
    assert checks.check(registry.get("explanation")) == []


@pytest.mark.parametrize(
    ("received", "version", "cite", "decide", "explain"),
    [
        ("2026-10-31 23:59", DECREE_59.name, "NĐ59 Đ.4, Đ.11 k.4", "2026-11-06", "2026-11-17"),
        ("2026-11-01 00:00", NEW.name, "NĐ59x Đ.4, Đ.11 k.4", "2026-11-09", "2026-11-16"),
    ],
)
def test_the_day_of_receipt_decides(office, received, version, cite, decide, explain):
    case = lives.filed(office, received)
    assert (case.law_version, case.clock("decide").due_on.isoformat()) == (version, decide)
    entry = lives.act(office, case, "accept", "2026-11-02 09:00", "head")
    assert law_of(entry) == (version, {version}, cite)
    assert (case.clock("explain").due_on.isoformat(), case.clock("explain").law_version) == (explain, version)
    assert set(case.deadlines.values_list("law_version", flat=True)) == {version}


def test_a_duration_of_the_other_version_is_refused(office):
    old, new = lives.filed(office, "2026-10-30 09:00"), lives.filed(office, "2026-11-02 09:00")
    for case in (old, new):
        lives.act(office, case, "accept", "2026-11-02 10:00", "head")
    with pytest.raises(errors.ConditionUnmet, match=r"from 1 to 3 working days \(NĐ59x Đ.13\)"):
        lives.act(office, new, "extend", "2026-11-03 09:00", "head", days=15)
    lives.act(office, old, "extend", "2026-11-03 09:00", "head", days=15)
    lives.act(office, new, "extend", "2026-11-03 09:00", "head", days=3)
    lives.act(office, new, "extend", "2026-11-03 10:00", "head", days=1)
    assert (old.clock("explain").due_on, new.clock("explain").due_on) == (date(2026, 12, 2), date(2026, 11, 20))
    with pytest.raises(errors.ConditionUnmet, match="as often as the law allows: 1"):
        lives.act(office, old, "extend", "2026-11-03 10:00", "head", days=1)


def test_a_ground_of_the_other_version_is_refused(office):
    old, new = lives.filed(office, "2026-10-30 09:00"), lives.filed(office, "2026-11-02 09:00")
    for case in (old, new):
        lives.act(office, case, "accept", "2026-11-02 10:00", "head")
    lives.act(office, new, "suspend", "2026-11-03 09:00", "head", ground="S4")
    with pytest.raises(errors.ConditionUnmet, match="ground of the law"):
        lives.act(office, old, "suspend", "2026-11-03 09:00", "head", ground="S4")


def test_an_offer_cites_the_version_of_its_case(office):
    with lives.on("2026-11-02 09:00"):
        cites = [
            {offer.rule.name: offer.law for offer in engine.available(case, office.head)}["accept"]
            for case in (lives.filed(office, "2026-10-30 09:00"), lives.filed(office, "2026-11-02 09:00"))
        ]
    assert cites == ["NĐ59 Đ.4, Đ.11 k.4", "NĐ59x Đ.4, Đ.11 k.4"]


def test_a_code_of_the_other_version_is_refused(office):
    asked = [{"text": "Hết bao nhiêu tiền?", "content_types": ["costs"]}]
    new = lives.filed(office, "2026-11-02 09:00", questions=asked)
    with pytest.raises(errors.BadData) as refused:
        lives.filed(office, "2026-10-30 09:00", questions=asked)
    assert list(refused.value.errors) == ["questions.0.content_types.0"]
    refusal = [{"question": 1, "ground": "R5", "reason": "Đã hỏi nhiều lần."}]
    lives.act(office, new, "refuse", "2026-11-03 09:00", "head", refusals=refusal)
    with pytest.raises(errors.BadData) as refused:
        lives.act(
            office, lives.filed(office, "2026-10-30 09:00"), "refuse", "2026-11-03 09:00", "head", refusals=refusal
        )
    assert list(refused.value.errors) == ["refusals.0.ground"]


def test_a_field_that_is_no_longer_asked_for_is_not_missing(office):
    silent = {"kind": "person", "name": "Nguyễn Văn An", "address": "Thôn 1", "phone": "", "email": ""}
    assert lives.filed(office, "2026-11-02 09:00", requester=silent).missing == []
    with pytest.raises(errors.ConditionUnmet, match=r"Phone number or mail address \(NĐ59 Đ.10 k.2 a\)$"):
        lives.filed(office, "2026-10-30 09:00", requester=silent)


REFUSED = (
    # act, what is wrong, what the refusal says of the clause
    ("accept", {"capacity": "no"}, "NĐ59x Đ.4 k.1"),
    ("accept", {"affected": "unknown"}, "NĐ59x Đ.4 k.2"),
    ("refuse", {"refusals": []}, "NĐ59x Đ.5, Đ.11 k.4"),
    ("sign", {"legal_basis": " "}, "NĐ59x Đ.12 k.3 d"),
    ("sign", {"answers": []}, "NĐ59x Đ.12 k.3 đ"),
    ("extend", {"reason": ""}, "NĐ59x Đ.13"),
)


@pytest.mark.parametrize(("act", "change", "cite"), REFUSED, ids=[f"{row[0]}: {row[2]}" for row in REFUSED])
def test_a_refusal_cites_the_clause_of_its_version_once(office, act, change, cite):
    case = lives.filed(office, "2026-11-02 09:00")
    if act in ("sign", "extend"):
        lives.act(office, case, "accept", "2026-11-02 10:00", "head")
    with pytest.raises(errors.ConditionUnmet) as refused:
        lives.act(office, case, act, "2026-11-03 09:00", "head", **change)
    assert str(refused.value).endswith(f" ({cite})")
    assert str(refused.value).count("NĐ59x") == 1


def test_every_page_shows_the_clauses_of_its_version(office):
    """The citizen's pages, the forms of every act, the case of the office, the log: no clause of the first version."""
    guest, head, receiver, inspector = Client(), Client(), Client(), Client()
    head.force_login(office.head)
    receiver.force_login(office.receiver)
    inspector.force_login(office.inspector)
    with lives.on("2026-11-02 09:00"):
        case = lives.filed(office, "2026-11-02 09:00", questions=lives.TWO_QUESTIONS)
        session = guest.session
        session["cases"] = [case.pk]
        session.save()
        seen = [
            (guest, "/"), (guest, "/yeu-cau/moi/"), (receiver, "/van-phong/moi/"),
            (guest, f"/ho-so/{case.code}/"), (head, f"/van-phong/ho-so/{case.code}/"),
            *((guest, f"/ho-so/{case.code}/{act}/") for act in ("withdraw", "withdraw_part")),
        ]  # fmt: skip
        pages = {where: text(who, where) for who, where in seen}
        for act in ("accept", "refuse"):
            pages[act] = text(head, f"/van-phong/ho-so/{case.code}/{act}/")
    with lives.on("2026-11-20 09:00"):
        pages["late"] = text(guest, f"/ho-so/{case.code}/")
    lives.act(office, case, "accept", "2026-11-20 10:00", "head")
    with lives.on("2026-11-20 11:00"):
        for act in ("extend", "suspend", "sign"):
            pages[act] = text(head, f"/van-phong/ho-so/{case.code}/{act}/")
    lives.act(office, case, "suspend", "2026-11-20 12:00", "head")
    with lives.on("2026-11-20 13:00"):
        pages["suspended"] = text(guest, f"/ho-so/{case.code}/")
        pages["log"] = text(inspector, f"/thanh-tra/ho-so/{case.code}/")
    for where, page in pages.items():
        assert FIRST.findall(page) == [], where
        assert re.search(r"\w+x Đ\.", page), where
    assert "NĐ59x Đ.3 k.5" in pages["/yeu-cau/moi/"]
    assert "BLDSx Đ.147 k.2" in pages["accept"]  # the text proposed for the notice
    assert "(NĐ59x Đ.14 k.1)" in pages["suspended"]
    assert "LKNx Đ.2, Đ.7" in pages["late"]


def text(client: Client, where: str) -> str:
    """Return a page as it is read."""
    answer = client.get(where)
    assert answer.status_code == 200, where
    return html.unescape(answer.content.decode())


def test_an_empty_form_shows_the_law_of_the_moment(office):
    with lives.on("2026-10-31 23:00"):
        assert "NĐ59 Đ.10 k.2 a" in text(Client(), "/yeu-cau/moi/")
    with lives.on("2026-11-01 00:30"):
        assert "NĐ59x Đ.10 k.2 a" in text(Client(), "/yeu-cau/moi/")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_printed_procedure_is_that_of_the_version_asked_for(office, language):
    out = StringIO()
    call_command("procedures", "explanation", "--law", NEW.name, "--language", language, stdout=out)
    told = out.getvalue().split("\n\n")
    versions = told.pop()
    assert DECREE_59.name in versions
    assert FIRST.findall("\n\n".join(told)) == []
    assert "NĐ59x Đ.12 k.3 đ" in out.getvalue()


def test_a_deadline_is_explained_by_its_version(office):
    out = StringIO()
    with translation.override("en"):
        call_command("deadline", "explanation", "decide", "--from", "2026-11-02", stdout=out)
    assert "received, not counted (BLDSx Đ.147 k.2)" in out.getvalue()
    assert "NĐ59x Đ.7" in out.getvalue()
    assert FIRST.findall(out.getvalue()) == []


@pytest.mark.parametrize(
    ("table", "key", "sentence"),
    [
        ("cites", "affected", "does not answer “affected” (cites)"),
        ("cites", "excluded", "does not answer “excluded” (cites)"),
        ("cites", "sound_reason", "does not answer 'law_sound_reason', which stands in a sentence"),
        ("values", "extensions", "does not answer “extensions” (values)"),
        ("periods", "lawsuit", "does not answer “lawsuit” (periods)"),
        ("checklists", "fields", "does not answer “fields” (checklists)"),
    ],
)
def test_a_version_that_does_not_answer_every_key_does_not_start(office, table, key, sentence):
    declared = registry.get("explanation")
    left = {name: value for name, value in getattr(NEW, table).items() if name != key}
    object.__setattr__(declared, "versions", (DECREE_59, replace(NEW, **{table: left})))
    assert any(sentence in error.msg for error in checks.check(declared))


def test_every_key_that_a_page_names_is_answered():
    """Templates say nothing when a key is unknown, so they are read for what they ask."""
    pages = "".join(
        file.read_text() for ends in ("html", "py") for file in Path("procedures/explanation").rglob(f"*.{ends}")
    )
    asked = set(re.findall(r"law\.cites\.(\w+)|%\(law_(\w+)\)s", pages))
    assert len(asked) > 15
    assert {one or two for one, two in asked} <= DECREE_59.cites.keys()
    assert set(re.findall(r"law\.(?:amounts|periods)\.(\w+)", pages)) <= DECREE_59.periods.keys()
    assert set(re.findall(r"law\.values\.(\w+)", pages)) <= DECREE_59.values.keys()


def test_no_article_stands_outside_the_law():
    """Only `law.py` states an article of this procedure; docstrings may name it as a source.

    How officials delegate (NĐ30 Đ.13) is no article of this procedure.
    """
    found = [
        f"{file}: {node.value[:60]}"
        for room in ("procedures/explanation", "workflow", "notifications")
        for file in Path(room).rglob("*.py")
        if file.name != "law.py"
        for node in strings(ast.parse(file.read_text()))
        if re.search(r"Đ\.\s?\d|NĐ ?59|\bLKN\b|PCTN|[Đđ]iều \d", node.value.replace("NĐ30 Đ.13", ""))
    ]
    templates = [
        str(file)
        for room in ("procedures/explanation", "workflow", "notifications")
        for file in (*Path(room).rglob("*.html"), *Path(room).rglob("*.txt"))
        if FIRST.search(file.read_text().replace("NĐ30 Đ.13", ""))
    ]
    assert found + templates == []


def strings(tree):
    """Yield the strings of a module that are not docstrings."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node
