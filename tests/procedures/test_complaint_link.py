"""A complaint and the request it attacks move together or not at all (assumption A21)."""

from datetime import date

import pytest

from procedures.complaint import settlers
from tests import appeals, lives
from workflow import engine, errors
from workflow.ledger import chain
from workflow.models import Agency, LogEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return appeals.Office()


def fresh(case):
    return type(case).objects.get(pk=case.pk)


def settled(office, request, at="2026-10-12", **decision):
    """Return a first complaint against a request, settled on a day."""
    case = appeals.lodged(request, f"{at} 09:00", object=decision.pop("object", "refusal"))
    appeals.through(office, case, f"{at} 10:00", ("accept", "head"), *appeals.VERIFIED)
    appeals.act(office, case, "decide", f"{at} 11:00", "head", **decision)
    return case


def ended(office, how, at="2026-10-06 09:00"):
    """Return a request that ended in a way."""
    request = lives.filed(office, "2026-10-05 09:00")
    for act, role in {
        "refused": [("refuse", "head")],
        "terminated": [("accept", "head"), ("terminate", "head")],
        "sent": [("accept", "head"), ("sign", "head"), ("send", "clerk")],
    }[how]:
        lives.act(office, request, act, at, role)
    return request


EFFECTS = (
    # ended in      attacked       outcome   state after   act on the request
    ("refused",    "refusal",     "cancel", "received",   "annul_refusal"),
    ("refused",    "refusal",     "keep",   "refused",    "end_complaint"),
    ("terminated", "termination", "cancel", "accepted",   "annul_termination"),
    ("terminated", "termination", "keep",   "terminated", "end_complaint"),
    ("sent",       "procedure",   "stop",   "accepted",   "explain_again"),
    ("sent",       "contents",    "amend",  "sent",       "end_complaint"),
    ("sent",       "silence",     "stop",   "sent",       "end_complaint"),
)  # fmt: skip


@pytest.mark.parametrize(("how", "attacked", "outcome", "state", "act"), EFFECTS)
def test_a_decision_acts_on_the_request_as_a21_says(office, how, attacked, outcome, state, act):
    request = ended(office, how)
    case = settled(
        office, request, object=attacked, outcome=outcome, conclusion="wrong" if outcome == "keep" else "right"
    )
    request = fresh(request)
    entry = LogEntry.objects.filter(chain=request.chain).order_by("seq").last()
    assert (request.state, entry.transition, entry.actor) == (state, act, "system")
    decided = LogEntry.objects.get(chain=case.chain, transition="decide")
    paper = request.documents.get(pk=entry.data["decision"]["document"])
    original = case.documents.get(pk=decided.data["decision"]["document"])
    assert (paper.number, case.code in paper.summary, entry.at) == (original.number, True, decided.at)
    assert chain.verify_case(request) == chain.verify_case(case) == []


def test_an_annulled_refusal_gives_five_working_days_from_the_decision(office):
    request = ended(office, "refused")
    settled(office, request)
    assert fresh(request).clock("decide").due_on == date(2026, 10, 19)


def test_silence_is_confirmed_and_the_request_stays_where_it_was(office):
    request = lives.filed(office, "2026-10-05 09:00")
    case = appeals.lodged(request, "2026-10-13 09:00", object="silence")
    before = fresh(request)
    appeals.through(office, case, "2026-10-13 10:00", ("accept", "head"), *appeals.VERIFIED, ("decide", "head"))
    after = fresh(request)
    assert (before.state, after.state) == ("received", "received")
    assert before.clock("decide") == after.clock("decide")
    acts = list(LogEntry.objects.filter(chain=request.chain).order_by("seq").values_list("transition", flat=True))
    assert acts[-2:] == ["complain_open", "note_complaint"]


@pytest.mark.parametrize("act", ["not_accept", "withdraw", "terminate"])
def test_a_complaint_that_ends_otherwise_lets_the_request_go_back(office, act):
    request = ended(office, "refused")
    case = appeals.lodged(request, "2026-10-12 09:00")
    assert fresh(request).state == "appealed"
    appeals.act(office, case, act, "2026-10-12 10:00", "requester" if act == "withdraw" else "head")
    assert fresh(request).state == "refused"


def test_a_complaint_on_paper_moves_the_request_as_well(office):
    request = ended(office, "refused")
    with lives.on("2026-10-12 09:00"):
        record = lives.paper(None, "record")
        how = appeals.petition(request, channel="written", signature="paper", record=record)
        case = engine.open("complaint", actor=office.receiver, on_behalf_of="requester", **how)
    assert (case.state, fresh(request).state) == ("lodged", "appealed")


def test_nothing_is_lodged_where_the_request_does_not_allow_it(office):
    request = ended(office, "refused")
    appeals.lodged(request, "2026-10-12 09:00")
    before = LogEntry.objects.exclude(chain="security").count()
    with pytest.raises(errors.Refused):
        appeals.lodged(lives.filed(office, "2026-10-12 09:00"), "2026-10-12 10:00", object="refusal")
    assert LogEntry.objects.exclude(chain="security").count() == before + 1  # the request itself


def test_a_decision_that_cannot_move_the_request_is_not_made(office, monkeypatch):
    request = ended(office, "refused")
    case = appeals.lodged(request, "2026-10-12 09:00")
    appeals.through(office, case, "2026-10-12 10:00", ("accept", "head"), *appeals.VERIFIED)
    monkeypatch.setattr("procedures.complaint.consequences.effect", lambda case, target: "explain_again")
    with pytest.raises(errors.ConditionUnmet):
        appeals.act(office, case, "decide", "2026-10-12 11:00", "head")
    assert (fresh(case).state, fresh(request).state) == ("verified", "appealed")
    assert not case.documents.filter(kind="K8").exists() or fresh(case).outcome == ""


# whose case it is ------------------------------------------------------------------------------------------------


def test_the_head_hears_the_first_complaint_about_their_own_act_and_it_is_shown(office):
    case = settled(office, ended(office, "refused"))
    decided = LogEntry.objects.get(chain=case.chain, transition="decide")
    assert (decided.actor, decided.own_act) == (f"user:{office.head.pk}", True)


def test_nobody_with_an_interest_verifies_or_decides_the_second_time(office):
    request = ended(office, "refused")
    first = settled(office, request, outcome="keep", conclusion="wrong")
    appeals.act(office, first, "send", "2026-10-13 09:00", "clerk")
    second = appeals.appealed(first, office, "2026-10-14 09:00")
    assert {office.head.pk, office.officer.pk} <= set(second.interested)
    appeals.act(office, second, "accept", "2026-10-14 10:00", "head")
    with pytest.raises(errors.ConditionUnmet, match="assign somebody else"):
        appeals.act(office, second, "verify", "2026-10-14 11:00", "head", verifier=office.head)
    above = office.above["officer"]
    appeals.act(office, second, "verify", "2026-10-14 11:00", "head", verifier=above)
    type(second).objects.filter(pk=second.pk).update(interested=[office.superior.pk, above.pk])
    with pytest.raises(errors.OwnActBlocked):
        appeals.act(office, second, "report", "2026-10-14 12:00", "officer")
    type(second).objects.filter(pk=second.pk).update(interested=[office.superior.pk])
    appeals.act(office, second, "report", "2026-10-14 12:00", "officer")
    appeals.act(office, second, "call_dialogue", "2026-10-14 13:00", "head", held_on=date(2026, 10, 21))
    appeals.act(office, second, "hold_dialogue", "2026-10-21 13:00", "head")
    with pytest.raises(errors.OwnActBlocked):
        appeals.act(office, second, "decide", "2026-10-21 14:00", "head")


def tree():
    """Return a government with two ministries, a province, a department with an office of its own, and a commune."""
    made = {"cp": lives.agency("cp", "Chính phủ", "central")}
    for slug, level, above in (
        ("bo-a", "central", "cp"), ("bo-b", "central", "cp"), ("cuc", "department", "bo-a"), ("tinh", "province", "cp"),
        ("so", "department", "tinh"), ("chi-cuc", "department", "so"), ("xa", "commune", "tinh"),
    ):  # fmt: skip
        made[slug] = lives.agency(slug, slug, level, made[above])
    return made


TABLE = (
    # first resolver   second
    ("xa",      ["tinh"]),
    ("so",      ["tinh"]),
    ("chi-cuc", ["so"]),
    ("tinh",    ["bo-a", "bo-b"]),
    ("cuc",     ["bo-a"]),
    ("bo-a",    []),
)  # fmt: skip


@pytest.mark.parametrize(("first", "second"), TABLE)
def test_who_hears_the_second_complaint(first, second):
    made = tree()
    found = settlers.second(Agency.objects.get(pk=made[first].pk), date(2026, 10, 1))
    assert [one.slug for one in found.agencies] == second
    assert found.cite.startswith("LKN Đ.")


def test_before_two_tiers_the_table_names_nobody_over_a_commune():
    made = tree()
    assert settlers.second(Agency.objects.get(pk=made["xa"].pk), date(2025, 6, 30)).agencies == ()


def test_a_second_complaint_to_somebody_else_is_refused_with_the_right_one(office):
    first = settled(office, ended(office, "refused"), outcome="keep", conclusion="wrong")
    appeals.act(office, first, "send", "2026-10-13 09:00", "clerk")
    with pytest.raises(errors.ConditionUnmet, match="the second complaint goes to UBND tỉnh An Bình"):
        appeals.appealed(first, office, "2026-10-14 09:00", agency=office.other)


# how a request hears of it -----------------------------------------------------------------------------------------

BY_HAND = ("annul_refusal", "annul_termination", "explain_again", "end_complaint", "note_complaint")


def answers(office, request, at):
    """Return what the head is told about the acts by which a complaint ends: an empty text where one is offered."""
    with lives.on(at):
        offers = engine.available(fresh(request), office.head)
    return {one.rule.name: str(one.refusal or "") for one in offers if one.rule.name in BY_HAND}


@pytest.mark.parametrize(
    ("how", "act"), [("refused", "annul_refusal"), ("sent", "explain_again"), ("sent", "end_complaint")]
)
def test_nobody_ends_by_hand_a_complaint_that_is_a_case_here(office, how, act):
    request = ended(office, how)
    case = appeals.lodged(request, "2026-10-12 09:00", object="procedure")
    with pytest.raises(errors.ConditionUnmet, match=f"{case.code}.*LKN Đ.31"):
        lives.act(office, fresh(request), act, "2026-10-12 10:00", "head")
    assert case.code in answers(office, request, "2026-10-12 10:00")[act]


def test_a_decision_is_noted_by_hand_only_on_a_complaint_that_was_settled_elsewhere(office):
    request = lives.filed(office, "2026-10-05 09:00")
    assert "waits for its end" in answers(office, request, "2026-10-05 10:00")["note_complaint"]
    lives.act(office, request, "complain_open", "2026-10-05 11:00", "requester")
    assert answers(office, request, "2026-10-05 12:00")["note_complaint"] == ""
    lives.act(office, request, "note_complaint", "2026-10-05 13:00", "head")
    assert "waits for its end" in answers(office, request, "2026-10-05 14:00")["note_complaint"]


def test_two_complaints_about_an_open_request_are_each_noted_by_their_own_decision(office):
    request = lives.filed(office, "2026-10-05 09:00")
    cases = [appeals.lodged(fresh(request), f"2026-10-13 0{n}:00", object="procedure") for n in (8, 9)]
    for n, case in enumerate(cases, 10):
        appeals.through(office, case, f"2026-10-13 {n}:00", ("accept", "head"), *appeals.VERIFIED, ("decide", "head"))
    acts = list(LogEntry.objects.filter(chain=request.chain).order_by("seq").values_list("transition", flat=True))
    assert acts[-2:] == ["note_complaint", "note_complaint"]


def test_once_the_matter_is_before_a_court_the_head_puts_its_judgment_on_file(office):
    request = ended(office, "refused")
    first = settled(office, request, outcome="keep", conclusion="wrong")
    appeals.act(office, first, "send", "2026-10-12 12:00", "clerk")
    second = appeals.appealed(first, office, "2026-10-13 09:00")
    assert second.code in answers(office, request, "2027-03-01 09:00")["end_complaint"]
    appeals.act(office, second, "sue_silence", "2027-03-01 09:00", "requester")
    assert fresh(request).state == "appealed"
    lives.act(office, fresh(request), "annul_refusal", "2027-06-01 09:00", "head")
    assert fresh(request).state == "received"
