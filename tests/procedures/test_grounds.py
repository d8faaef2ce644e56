"""Each ground of the law is usable exactly where the law gives it, and every guard of table 4.3 holds."""

from datetime import date

import pytest

from tests import lives
from tests.readings import assume
from workflow import engine, errors

pytestmark = pytest.mark.django_db

DAY = "2026-10-05 09:00"
REFUSALS = ("R1a", "R1b", "R2a", "R2b", "R2c", "R3", "R4")
SUSPENSIONS = ("S1a", "S1b", "S2", "S3")
TERMINATIONS = ("E1a", "E1b", "E2")
ALL = (*REFUSALS, *SUSPENSIONS, *TERMINATIONS, "E3", "X9", "")


@pytest.fixture
def office():
    return lives.Office()


def refused(office, ground, **more):
    case = lives.filed(office, DAY)
    lives.act(
        office, case, "refuse", DAY, "head", refusals=[{"question": 1, "ground": ground, "reason": "Lý do."}], **more
    )
    return case


@pytest.mark.parametrize("ground", REFUSALS)
def test_the_law_gives_this_ground_for_a_refusal(office, ground):
    assert refused(office, ground).state == "refused"


@pytest.mark.parametrize("ground", [code for code in ALL if code not in REFUSALS])
def test_no_other_ground_refuses(office, ground):
    with pytest.raises(errors.Refused):
        refused(office, ground)


@pytest.mark.parametrize(
    ("act", "state", "lawful"),
    [
        ("suspend", "accepted", SUSPENSIONS),
        ("terminate", "received", TERMINATIONS),
        ("terminate", "suspended", TERMINATIONS),
    ],
)
def test_suspension_and_termination_have_their_own_grounds(office, act, state, lawful):
    for ground in ALL:
        if ground not in lawful:
            case = lives.brought(office, state, DAY)
            with pytest.raises(errors.ConditionUnmet, match="ground of the law"):
                lives.act(office, case, act, DAY, "head", ground=ground)
    for ground in lawful:
        case = lives.brought(office, state, DAY)
        lives.act(office, case, act, DAY, "head", ground=ground)
        assert case.state == {"suspend": "suspended", "terminate": "terminated"}[act]


@pytest.mark.parametrize("ground", REFUSALS)
def test_a_sound_reason_rescues_only_what_was_explained_or_settled(office, ground):
    if ground in ("R2b", "R2c"):
        with pytest.raises(errors.ConditionUnmet, match="sound reason"):
            refused(office, ground, sound_reason=True)
    else:
        assert refused(office, ground, sound_reason=True).state == "refused"


REFUSALS_OF_TWO = (
    # grounds per question                                                     why not
    ([(1, "R2a", "Lý do.")],                                                   "each question"),
    ([(1, "R2a", "Lý do."), (2, "R4", "  ")],                                  "reason in words"),
    ([(1, "R2a", "Lý do."), (3, "R4", "Lý do.")],                              "each question"),
    ([],                                                                       "each question"),
)  # fmt: skip


@pytest.mark.parametrize(("given", "why"), REFUSALS_OF_TWO)
def test_every_question_has_its_ground_and_its_reason(office, given, why):
    case = lives.filed(office, DAY, questions=lives.TWO_QUESTIONS)
    refusals = [{"question": n, "ground": ground, "reason": reason} for n, ground, reason in given]
    with pytest.raises(errors.ConditionUnmet, match=why):
        lives.act(office, case, "refuse", DAY, "head", refusals=refusals)


@pytest.mark.parametrize(
    ("capacity", "affected"), [("no", "yes"), ("unknown", "yes"), ("yes", "no"), ("yes", "unknown")]
)
def test_both_conditions_of_acceptance_must_hold(office, capacity, affected):
    case = lives.filed(office, DAY)
    with pytest.raises(errors.ConditionUnmet, match="Đ.4"):
        lives.act(office, case, "accept", DAY, "head", capacity=capacity, affected=affected)


# supplement ------------------------------------------------------------------------------------------------------


def test_each_field_is_asked_for_once(office):
    letter = {**lives.WRITTEN, "signature": ""}
    case = lives.filed(office, DAY, **letter)
    assert case.missing == ["contact", "signature"]
    with pytest.raises(errors.ConditionUnmet, match="holds this already"):
        lives.act(office, case, "request_supplement", DAY, "receiver", fields=["name"])
    with pytest.raises(errors.ConditionUnmet, match="name what is missing"):
        lives.act(office, case, "request_supplement", DAY, "receiver", fields=[])
    lives.act(office, case, "request_supplement", DAY, "receiver", fields=["contact"])
    with pytest.raises(errors.ConditionUnmet, match="still missing: Phone"):
        lives.act(office, case, "supplement", DAY, "requester", provided={"signature": "paper"})
    lives.act(office, case, "supplement", DAY, "requester", provided={}, insists=True)
    assert case.state == "received"
    with pytest.raises(errors.ConditionUnmet, match="asked for before"):
        lives.act(office, case, "request_supplement", DAY, "receiver", fields=["contact"])
    lives.act(office, case, "request_supplement", DAY, "receiver", fields=["signature"])
    lives.act(office, case, "supplement", DAY, "requester", provided={"signature": "paper"})
    with pytest.raises(errors.ConditionUnmet, match="nothing is missing"):
        lives.act(office, case, "request_supplement", DAY, "receiver", fields=["contact"])


def test_an_oral_request_is_never_sent_back(office):
    with lives.on(DAY):
        case = lives.filed(office, DAY, **lives.oral())
    with pytest.raises(errors.ConditionUnmet, match="written down by the officer"):
        lives.act(office, case, "request_supplement", DAY, "receiver")


@pytest.mark.parametrize("field", ["name", "address", "contact", "content", "signature"])
def test_an_electronic_request_names_the_clause_of_what_is_missing(office, field):
    filing = lives.filing(office.agency)
    change = {
        "content": {"questions": [{"text": " ", "content_types": ["content"]}]},
        "signature": {"signature": ""},
        "contact": {"requester": {**filing["requester"], "phone": "", "email": ""}},
    }.get(field, {"requester": {**filing["requester"], field: ""}})
    with pytest.raises(errors.ConditionUnmet, match=r"Đ\.10 k\.2 [ab]"):
        lives.filed(office, DAY, **change)


@pytest.mark.parametrize(("setting", "due"), [("COMPLETION", "2026-12-16"), ("FIRST_ARRIVAL", "2026-12-08")])
def test_a6_says_from_when_a_completed_request_runs(office, monkeypatch, setting, due):
    assume(monkeypatch, notice_runs_from=setting)
    case = lives.filed(office, "2026-12-01 09:00", **lives.WRITTEN)
    lives.act(office, case, "request_supplement", "2026-12-03 09:00", "receiver")
    lives.act(office, case, "supplement", "2026-12-09 09:00", "requester")
    assert case.clock("decide").due_on.isoformat() == due


# A14, A20 --------------------------------------------------------------------------------------------------------

GROUPS = (
    # people, representatives, allowed
    (2, 1, True), (4, 1, True), (4, 2, False), (5, 2, True), (10, 2, True), (10, 3, False), (11, 3, True),
    (12, 5, True), (12, 6, False), (5, 0, False),
)  # fmt: skip


@pytest.mark.parametrize(("people", "speak", "allowed"), GROUPS)
def test_a14_a_group_sends_one_two_or_five(office, people, speak, allowed):
    members = [f"Người {n}" for n in range(1, people + 1)]
    person = {**lives.filing(office.agency)["requester"], "members": members}
    if speak:
        person["representative"] = {"name": ", ".join(members[:speak]), "kind": "group", "papers": "Giấy cử"}
    with lives.on(DAY):
        changes = {**lives.oral(), "requester": person}
    if allowed:
        assert lives.filed(office, DAY, **changes).state == "received"
    else:
        with pytest.raises(errors.ConditionUnmet, match="LTCD Đ.29|representative"):
            lives.filed(office, DAY, **changes)


def test_a14_a_representative_is_one_of_the_group(office):
    person = {**lives.filing(office.agency)["requester"], "members": ["An", "Bình"]}
    person["representative"] = {"name": "Chi", "kind": "group", "papers": "Giấy cử"}
    with lives.on(DAY):
        changes = {**lives.oral(), "requester": person}
    with pytest.raises(errors.ConditionUnmet, match="Chi: not one of the group"):
        lives.filed(office, DAY, **changes)


@pytest.mark.parametrize(("setting", "missing"), [("ACCEPT", []), ("DEFICIENT", ["signature"])])
def test_a20_says_what_a_drawn_signature_is_worth(office, monkeypatch, setting, missing):
    assume(monkeypatch, drawn_signature=setting)
    case = lives.filed(office, DAY)
    assert (case.state, case.missing) == ("received", missing)
    if missing:
        lives.act(office, case, "request_supplement", DAY, "receiver")
        lives.act(office, case, "supplement", DAY, "requester", provided={"signature": "drawn"})
        assert case.missing == ["signature"], "the same kind of signature completes nothing"


# paths and clocks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("oral", "simple", "allowed"), [(True, True, True), (True, False, False), (False, True, False)]
)
@pytest.mark.parametrize("state", ["received", "accepted"])
def test_the_direct_path_is_for_simple_content_asked_in_person(office, state, oral, simple, allowed):
    case = lives.brought(office, state, DAY, by="explain_directly" if oral else "")
    if allowed:
        lives.act(office, case, "explain_directly", DAY, "head", simple=simple)
        assert case.state == "explained_direct"
    else:
        with pytest.raises(errors.ConditionUnmet, match="in person|not simple"):
            lives.act(office, case, "explain_directly", DAY, "head", simple=simple)


@pytest.mark.parametrize(("at", "allowed"), [("2026-10-19", True), ("2026-10-20", True), ("2026-10-21", False)])
@pytest.mark.parametrize("act", ["extend", "suspend"])
def test_nothing_is_extended_or_suspended_after_the_last_day(office, act, at, allowed):
    case = lives.brought(office, "accepted", DAY)
    if allowed:
        lives.act(office, case, act, f"{at} 23:59", "head")
    else:
        with pytest.raises(errors.ConditionUnmet, match="20/10/2026"):
            lives.act(office, case, act, f"{at} 00:00", "head")


@pytest.mark.parametrize(("days", "allowed"), [(0, False), (1, True), (15, True), (16, False)])
def test_an_extension_has_one_to_fifteen_days(office, days, allowed):
    case = lives.brought(office, "accepted", DAY)
    if allowed:
        lives.act(office, case, "extend", DAY, "head", days=days)
        assert case.clock("explain").extension == days
    else:
        with pytest.raises(errors.ConditionUnmet, match="from 1 to 15"):
            lives.act(office, case, "extend", DAY, "head", days=days)


@pytest.mark.parametrize("state", ["received", "supplement_requested", "accepted", "suspended", "explained_written"])
def test_a_withdrawn_case_is_closed_when_its_decision_is_issued(office, state):
    case = lives.brought(office, state, DAY)
    lives.act(office, case, "withdraw", DAY, "requester")
    assert {clock.rule for clock in case.clocks if clock.state != "stopped"} == {"termination"}
    assert case.clock("termination").due_on == date(2026, 10, 6)
    with pytest.raises(errors.ConditionUnmet, match="still to be issued"):
        lives.act(office, case, "close", DAY, "officer")
    lives.act(office, case, "issue_termination", DAY, "head")
    with pytest.raises(errors.ConditionUnmet, match="no withdrawal waits"):
        lives.act(office, case, "issue_termination", DAY, "head")
    lives.act(office, case, "close", DAY, "officer")
    assert case.state == "closed"


def test_ninety_days_run_from_receipt(office):
    case = lives.brought(office, "refused", DAY)
    with pytest.raises(errors.ConditionUnmet, match="cannot have arrived before"):
        lives.act(office, case, "record_receipt", "2026-10-12 09:00", "clerk", received_on=date(2026, 10, 4))
    with pytest.raises(errors.ConditionUnmet, match="not come yet"):
        lives.act(office, case, "record_receipt", "2026-10-12 09:00", "clerk", received_on=date(2026, 10, 13))
    lives.act(office, case, "record_receipt", "2026-10-12 09:00", "clerk", received_on=date(2026, 10, 8))
    assert (case.clock("complain").anchor_on, case.clock("complain").due_on) == (date(2026, 10, 8), date(2027, 1, 6))
    with pytest.raises(errors.ConditionUnmet, match="recorded already"):
        lives.act(office, case, "record_receipt", "2026-10-12 09:00", "requester", received_on=date(2026, 10, 8))


def test_a_late_complaint_is_recorded_all_the_same(office):
    case = lives.brought(office, "refused", DAY)
    lives.act(office, case, "record_receipt", DAY, "clerk", received_on=date(2026, 10, 5))
    entry = lives.act(office, case, "complain", "2027-03-01 09:00", "requester", object="refusal")
    assert case.state == "appealed"
    assert [fact["kept"] for fact in entry.data["clocks"] if fact["clock"] == "complain"] == [False]


# complaints (A21) --------------------------------------------------------------------------------------------------


def test_a_complaint_in_an_open_case_changes_neither_state_nor_clock(office):
    case = lives.filed(office, DAY)
    with pytest.raises(errors.ConditionUnmet, match="no deadline of this case has passed"):
        lives.act(office, case, "complain_open", "2026-10-12 09:00", "requester", object="silence")
    with pytest.raises(errors.ConditionUnmet, match="silence or about the procedure"):
        lives.act(office, case, "complain_open", "2026-10-13 09:00", "requester", object="contents")
    before = list(case.deadlines.values())
    lives.act(office, case, "complain_open", "2026-10-13 09:00", "requester", object="silence")
    assert (case.state, list(case.deadlines.values())) == ("received", before)


def test_an_annulled_refusal_is_decided_anew(office):
    case = lives.brought(office, "appealed", DAY, by="annul_refusal")
    lives.act(office, case, "annul_refusal", "2026-11-02 09:00", "superior")
    assert (case.state, case.clock("decide").due_on) == ("received", date(2026, 11, 9))


def test_an_annulled_termination_gives_back_the_days_that_were_left(office):
    case = lives.filed(office, DAY)
    lives.act(office, case, "accept", "2026-10-06 09:00", "head")  # due 21/10
    lives.act(office, case, "terminate", "2026-10-12 09:00", "head")  # nine days are left
    lives.act(office, case, "complain", "2026-10-14 09:00", "requester", object="termination")
    lives.act(office, case, "annul_termination", "2026-11-02 09:00", "superior")
    assert (case.state, case.clock("explain").state, case.clock("explain").due_on) == (
        "accepted", "running", date(2026, 11, 11),
    )  # fmt: skip
    assert case.clock("decide").state == "stopped"


@pytest.mark.parametrize("state", ["received", "supplement_requested", "accepted", "suspended", "explained_written"])
def test_an_annulled_termination_goes_back_to_where_it_was(office, state):
    case = lives.brought(office, state, DAY)
    before = {(clock.rule, clock.state) for clock in case.clocks}
    lives.act(office, case, "withdraw", DAY, "requester")
    lives.act(office, case, "complain", DAY, "requester", object="termination")
    lives.act(office, case, "annul_termination", DAY, "head")
    assert case.state == state
    assert {(clock.rule, clock.state) for clock in case.clocks} - {("termination", "stopped")} == before


def test_an_explanation_made_anew_has_a_new_period(office):
    case = lives.brought(office, "appealed", DAY)
    lives.act(office, case, "explain_again", "2026-11-02 09:00", "superior")
    assert (case.state, case.clock("explain").due_on, case.clock("explain").extensions) == (
        "accepted",
        date(2026, 11, 17),
        0,
    )


@pytest.mark.parametrize("state", ["refused", "terminated", "explained_direct", "sent", "closed"])
def test_a_dismissed_complaint_changes_nothing(office, state):
    case = lives.brought(office, state, DAY)
    lives.act(office, case, "complain", DAY, "requester")
    lives.act(office, case, "end_complaint", DAY, "superior")
    assert case.state == state


@pytest.mark.parametrize(
    ("act", "road"),
    [("annul_refusal", ""), ("annul_termination", "annul_refusal"), ("explain_again", "annul_termination")],
)
def test_a_complaint_undoes_only_what_was_done(office, act, road):
    case = lives.brought(office, "appealed", DAY, by=road)
    with pytest.raises(errors.ConditionUnmet):
        lives.act(office, case, act, DAY, "superior")


def test_a_copy_is_for_somebody_else(office):
    earlier = lives.explained_before(office)
    same = lives.filed(office, DAY, requester={**lives.filing(office.agency)["requester"], "name": "Lê Văn Chín"})
    with pytest.raises(errors.ConditionUnmet, match="same requester"):
        lives.act(office, same, "provide_copy", DAY, "receiver")
    other = lives.filed(office, DAY)
    with pytest.raises(errors.ConditionUnmet, match="not explained"):
        lives.act(office, other, "provide_copy", DAY, "receiver", earlier=same)
    lives.act(office, other, "provide_copy", DAY, "receiver", earlier=earlier)
    assert other.state == "copy_provided"


LACKING = (
    # what the signed explanation lacks            the clause
    ({"legal_basis": " "},                         "Đ.12 k.3 d"),
    ({"answers": []},                              "Đ.12 k.3 đ"),
    ({"answers": [{"question": 1, "text": "…"}, {"question": 2, "text": " "}]}, "Đ.12 k.3 đ"),
)  # fmt: skip


@pytest.mark.parametrize(("lacks", "clause"), LACKING)
def test_an_explanation_holds_what_the_law_demands(office, lacks, clause):
    case = lives.brought(office, "accepted", DAY)
    with pytest.raises(errors.ConditionUnmet, match=clause):
        lives.act(office, case, "sign", DAY, "head", **lacks)


def test_the_result_of_a_working_session_is_in_the_explanation(office):
    case = lives.brought(office, "accepted", DAY)
    lives.act(office, case, "hold_session", DAY, "officer")
    with pytest.raises(errors.ConditionUnmet, match="Đ.12 k.3 c"):
        lives.act(office, case, "sign", DAY, "head", session="")
    lives.act(office, case, "sign", DAY, "head", session="Hai bên đã làm việc.")
    assert case.state == "explained_written"


@pytest.mark.parametrize(
    ("chosen", "why"), [([], "choose among"), ([3], "choose among"), ([1, 2], "every question left")]
)
def test_a_part_is_not_everything(office, chosen, why):
    case = lives.filed(office, DAY, questions=lives.TWO_QUESTIONS)
    with pytest.raises(errors.ConditionUnmet, match=why):
        lives.act(office, case, "withdraw_part", DAY, "requester", questions=chosen)


def test_a_case_that_was_only_redirected_gives_nothing_to_complain_about(office):
    case = lives.brought(office, "redirected", DAY)
    lives.act(office, case, "close", DAY, "officer")
    with pytest.raises(errors.ConditionUnmet, match="without a decision"):
        lives.act(office, case, "complain", DAY, "requester")


def test_unknown_acts_are_named(office):
    case = lives.filed(office, DAY)
    with pytest.raises(errors.UnknownTransition, match="fly"):
        engine.fire(case, "fly", actor=office.head)
