"""Many at once on a complaint, and on the request that it attacks: one history of each, and of both together."""

from datetime import date

import pytest

from tests import appeals, crowds, lives
from tests.access import complaints
from tests.crowds import CROWD, DAY, at_once, won
from workflow import clock, engine, errors, escalation, registry
from workflow.agencies import moving, succession
from workflow.ledger import chain
from workflow.models import Alarm, Case, LogEntry
from workflow.store import load

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DOES = {"complainant": "requester", "settler": "head", "verifier": "officer", "explainer": "head", "resolver": "head"}
"""Who acts in a role of the procedures; the other roles are people of the office by their own name."""


@pytest.fixture
def office():
    return appeals.Office()


def fresh(case):
    return load(Case.objects.get(pk=case.pk))


def tries(office, case, acts, n, **changes):
    """Return n tries, shared among acts."""
    rules = registry.get(case.procedure_name).rules
    share, more = divmod(n, len(acts))
    return [
        one
        for k, name in enumerate(acts)
        for one in crowds.prepared(case, office, name, doer(rules[name]), share + (k < more), **changes.get(name, {}))
    ]


def doer(rule):
    return DOES.get(rule.by[0].code, rule.by[0].code)


def leaving(office, case):
    """Return the acts that may now be done and take a case out of its state, as far as can be said beforehand."""
    found = []
    for rule in registry.get(case.procedure_name).rules.values():
        if case.state in rule.sources and case.state not in rule.ends_in(case.state):
            with lives.on(DAY):
                offers = engine.available(case, office.actor(doer(rule), case))
            found += [one.rule.name for one in offers if one.rule is rule and one.allowed]
    return found


# what always holds ---------------------------------------------------------------------------------------------------


def holds(answers, *cases):
    """Hold the histories of cases against the law and against the answers that people got; return the new entries.

    cases: as they stood before
    """
    entries = {case.pk: history(case) for case in cases}
    given = [one for one in won(answers) if isinstance(one, LogEntry)]
    people = [one for found in entries.values() for one in found if one.actor != "system"]
    assert {one.pk for one in given} <= {one.pk for one in people}
    security = list(LogEntry.objects.filter(chain="security").order_by("seq"))
    tried = [one for one in security if one.transition == "refused" and "case" in one.data]
    assert len(tried) == sum(isinstance(one, errors.Refused) for one in answers)
    assert list(chain.failures(security)) == []
    for case in Case.objects.all():
        assert chain.verify_case(case) == []
    return entries


def history(case):
    """Return what was written to a case since; each act must be lawful from where the one before it led."""
    rules, state = registry.get(case.procedure_name).rules, case.state
    entries = list(LogEntry.objects.filter(chain=case.chain, seq__gt=case.seq).order_by("seq"))
    for entry in entries:
        assert entry.source == state
        assert state in (rules[entry.transition].sources if entry.transition in rules else [entry.target])
        state = entry.target
    assert fresh(case).state == state
    return entries


def acted_by_law(entries, complaint, request):
    """Hold what the end of a complaint did to a request against A21: once, by the decision it cites, at its moment."""
    ended = [one for one in entries[complaint.pk] if one.transition in ENDS]
    followed = [one for one in entries[request.pk] if one.actor == "system" and one.transition in OF_A_REQUEST]
    assert len(ended) <= 1
    assert len(followed) <= len(ended)
    if not ended or ended[0].transition != "decide":
        return followed
    (decided,), (act,) = ended, followed
    original = complaint.documents.get(pk=decided.data["decision"]["document"])
    paper = request.documents.get(pk=act.data["decision"]["document"])
    assert (paper.number, complaint.code in paper.summary, act.at) == (original.number, True, decided.at)
    assert "LKN" in act.data["law"]
    return followed


OF_A_REQUEST = registry.get("explanation").rules
ENDS = ("decide", "not_accept", "terminate", "withdraw")


# on a complaint ------------------------------------------------------------------------------------------------------


STATES = [
    state for state in complaints.ROADS if state not in ("not_accepted", "sent", "terminated", "superseded", "closed")
]
"""States out of which an act leads on the day of the race."""


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("procedure", complaints.BRING)
def test_of_twenty_acts_that_leave_a_state_one_does(office, procedure, state):
    case = complaints.BRING[procedure](office, state, "An")
    request = fresh(case.attacked)
    answers = at_once(tries(office, case, leaving(office, case), CROWD))
    entries = holds(answers, case, request)
    left = [one.source for one in entries[case.pk]]
    assert len(left) == len(set(left)) == len(won(answers))
    assert left[0] == state
    acted_by_law(entries, case, request)


@pytest.mark.parametrize("procedure", complaints.BRING)
def test_a_decision_is_received_once(office, procedure):
    case = complaints.BRING[procedure](office, "sent", "An")
    answers = at_once(tries(office, case, ["record_receipt"], CROWD))
    assert len(won(answers)) == len(holds(answers, case)[case.pk]) == 1


# on a complaint and its request --------------------------------------------------------------------------------------

ENDED = {
    # how the request stands: the acts that led there, what the complaint is about, what officials try meanwhile
    "refused": ([("refuse", "head")], "refusal", ("accept", "withdraw", "record_receipt", "end_complaint", "annul_refusal")),
    "terminated": ([("accept", "head"), ("terminate", "head")], "termination", ("sign", "extend", "suspend", "annul_termination")),
    "sent": ([("accept", "head"), ("sign", "head"), ("send", "clerk")], "procedure", ("respond", "sign", "extend", "explain_again")),
    "accepted": ([("accept", "head")], "procedure", ("extend", "sign", "suspend", "withdraw", "complain_open")),
}  # fmt: skip


def pair(office, how, **changes):
    """Return a verified complaint, and its request."""
    acts, about, _meanwhile = ENDED[how]
    request = lives.filed(office, "2026-10-01 09:00")
    for name, role in acts:
        lives.act(office, request, name, "2026-10-01 10:00", role)
    complaint = appeals.lodged(request, "2026-10-02 09:00", **{"object": about, **changes})
    appeals.through(office, complaint, "2026-10-02 10:00", ("accept", "head"), *appeals.VERIFIED)
    return complaint, fresh(request)


@pytest.mark.parametrize("how", ENDED)
def test_a_complaint_is_decided_while_officials_act_on_its_request(office, how):
    complaint, request = pair(office, how)
    answers = at_once([
        *tries(office, complaint, ["decide", "withdraw", "terminate"], CROWD // 2),
        *tries(office, request, ENDED[how][2], CROWD // 2, extend={"days": 5}, complain_open={"object": "procedure"}),
    ])  # fmt: skip
    entries = holds(answers, complaint, request)
    acted_by_law(entries, complaint, request)
    assert sum(one.transition in ENDS for one in entries[complaint.pk]) == 1


def test_a_second_complaint_is_decided_while_officials_act_on_its_request(office):
    complaint = complaints.heard(office, "An")
    request = fresh(complaint.attacked)
    answers = at_once([
        *tries(office, complaint, ["decide", "withdraw"], CROWD // 2),
        *tries(office, request, ENDED["refused"][2], CROWD // 2),
    ])  # fmt: skip
    acted_by_law(holds(answers, complaint, request), complaint, request)


@pytest.mark.parametrize(("outcome", "conclusion", "act", "state"), [
    ("cancel", "right", "annul_refusal", "received"), ("keep", "wrong", "end_complaint", "refused"),
])  # fmt: skip
def test_two_complaints_about_one_request_are_decided_at_once(office, outcome, conclusion, act, state):
    """The request leaves "under complaint" once: by the first that is upheld, or by the last that is dismissed."""
    one, _ = pair(office, "refused")
    other = appeals.lodged(fresh(one.attacked), "2026-10-02 09:00", object="procedure")
    appeals.through(office, other, "2026-10-02 10:00", ("accept", "head"), *appeals.VERIFIED)
    request, decision = fresh(one.attacked), {"outcome": outcome, "conclusion": conclusion}
    answers = at_once(
        [*tries(office, one, ["decide"], 10, decide=decision), *tries(office, other, ["decide"], 10, decide=decision)]
    )
    entries = holds(answers, one, other, request)
    assert len(won(answers)) == 2
    papers = request.documents.in_bulk([entry.data["decision"]["document"] for entry in entries[request.pk]])
    assert sorted(entry.transition for entry in entries[request.pk]) == [act, "note_complaint"]
    assert all(any(case.code in paper.summary for paper in papers.values()) for case in (one, other))
    assert fresh(request).state == state


def test_of_twenty_first_complaints_one_moves_the_request(office):
    request = appeals.refused(office, "2026-10-02 09:00")
    lodging = [lambda: appeals.lodged(fresh(request), DAY) for _ in range(CROWD // 2)]
    answers = at_once([*lodging, *tries(office, request, ["close"], CROWD // 2)])
    entries = holds(answers, request)
    assert sum(isinstance(one, Case) for one in won(answers)) == CROWD // 2
    assert [one.transition for one in entries[request.pk]] in (["complain"], ["close", "complain"])


# second instance -----------------------------------------------------------------------------------------------------


def appealing(office, first, n):
    return [lambda: appeals.appealed(fresh(first), office, DAY, late_reason="Ốm.") for _ in range(n)]


def test_a_second_complaint_about_silence_is_lodged_while_the_first_is_decided(office):
    first = complaints.lodged(office, "2026-08-03 09:00", "An")
    appeals.through(office, first, "2026-08-03 10:00", *complaints.VERIFIED)
    request = fresh(first.attacked)
    answers = at_once([
        *appealing(office, first, CROWD // 2), *tries(office, first, ["decide", "withdraw", "terminate"], CROWD // 2),
    ])  # fmt: skip
    entries = holds(answers, first, request)
    (way,) = entries[first.pk]
    made = [one for one in won(answers) if isinstance(one, Case)]
    assert len(made) == (way.transition == "appeal_silence")
    assert fresh(first).state == ("superseded" if made else {"decide": "decided"}.get(way.transition, "terminated"))
    acted_by_law(entries, first, request)


def test_one_second_complaint_is_lodged_while_the_first_is_closed(office):
    first = complaints.dismissed(office, "2026-08-24 09:00", "An")
    request = fresh(first.attacked)
    answers = at_once([
        *appealing(office, first, CROWD // 2), *tries(office, first, ["take_effect", "close"], CROWD // 2),
    ])  # fmt: skip
    entries = holds(answers, first, request)
    (second,) = [one for one in won(answers) if isinstance(one, Case)]
    assert (second.earlier_id, fresh(first).appealed) == (first.pk, True)
    assert [one.transition for one in entries[first.pk]].count("appeal") == 1
    assert [one.transition for one in entries[request.pk]] == ["complain"]


# what runs beside ----------------------------------------------------------------------------------------------------


def test_ladders_ring_while_the_pair_is_decided(office):
    """What is due rings once each, before the decision or not at all; the sweep neither waits nor is waited for long."""
    later = "2026-12-01 09:00"
    pairs = [pair(office, how) for how in ("refused", "accepted") * 3]
    acts = [one for complaint, _ in pairs for one in tries(office, complaint, ["decide"], 2)]

    def sweep():
        return escalation.sweep(lives.local(later))

    answers = at_once([sweep, sweep, sweep, *acts], later)
    assert [one for one in answers[:3] if not isinstance(one, dict)] == []
    both = [case for two in pairs for case in two]
    entries = holds([one for one in answers if not isinstance(one, dict)], *both)
    for complaint, request in pairs:
        acted_by_law(entries, complaint, request)
    rung = [*answers[:3], crowds.elsewhere(sweep, later)]
    alarms = list(Alarm.objects.values_list("deadline", "rung", "occurrence"))
    entries = LogEntry.objects.filter(transition__startswith="alarm:")
    assert len(alarms) == len(set(alarms)) == entries.count() == sum(sum(one.values()) for one in rung) > 0


def test_the_pair_goes_to_a_successor_while_it_is_decided(office):
    keeper, second = (office.person("administrator", office.province, name) for name in ("keeper", "second"))
    complaint, request = pair(office, "refused")
    with lives.on("2026-10-02 12:00"):
        part, days = (
            succession.Part(office.agency, [office.other]),
            {"dated_on": date(2026, 10, 1), "effective_on": date(2026, 10, 5)},
        )
        made = succession.propose(succession.Kind.MERGED, [part], by=keeper, decision="7/NQ-HĐND", **days)
        succession.confirm(made, by=second)

    def settle():
        return moving.settle(clock.now())

    answers = at_once([settle, settle, *tries(office, complaint, ["decide", "withdraw"], CROWD // 2)])
    assert [one for one in answers[:2] if not isinstance(one, moving.Done)] == []
    entries = holds(answers[2:], complaint, request)
    acted_by_law(entries, complaint, request)
    assert isinstance(crowds.elsewhere(settle), moving.Done)
    for case in (complaint, request):
        moved = LogEntry.objects.filter(chain=case.chain, transition=moving.MOVED)
        assert moved.count() == 1
        assert fresh(case).agency_id == office.other.pk
