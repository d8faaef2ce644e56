"""What is given with an act, and when: each thing that is wrong is named, recorded once and changes nothing."""

from datetime import date, datetime

import pytest
from django.utils import translation

from tests import lives, tables
from workflow import engine, errors
from workflow.actors import Requester
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db

DAY = "2026-10-05 09:00"


@pytest.fixture
def office():
    return lives.Office()


BAD = (
    # act                   what is given                                              what is named
    ("accept",              {"capacity": "maybe"},                                     "capacity"),
    ("accept",              {"capacity": None},                                        "capacity"),
    ("accept",              {"capacity": True},                                        "capacity"),
    ("accept",              {"notice": "T5"},                                          "notice"),
    ("accept",              {"notice": None},                                          "notice"),
    ("accept",              {"notice": 7},                                             "notice"),
    ("accept",              {"colour": "red"},                                         "colour"),
    ("accept",              {"state": "closed"},                                       "state"),
    ("refuse",              {"refusals": "R1a"},                                       "refusals"),
    ("refuse",              {"refusals": [{"question": "1", "ground": "R1a", "reason": "x"}]}, "refusals.0.question"),
    ("refuse",              {"refusals": [{"question": 1, "ground": "R9", "reason": "x"}]}, "refusals.0.ground"),
    ("refuse",              {"refusals": [{"question": 1, "ground": "R1a"}]},          "refusals.0.reason"),
    ("refuse",              {"refusals": [{"question": 1, "ground": "R1a", "reason": "x", "more": 1}]}, "refusals.0.more"),
    ("refuse",              {"sound_reason": "no"},                                    "sound_reason"),
    ("refuse",              {"sound_reason": 1},                                       "sound_reason"),
    ("redirect",            {"competent_agency": "x" * 20_001},                        "competent_agency"),
    ("redirect",            {"competent_agency": "Sở\x00"},                            "competent_agency"),
    ("redirect",            {"competent_agency": "Sở\x1b[31m"},                        "competent_agency"),
    ("redirect",            {"competent_agency": "Sở\ud800"},                          "competent_agency"),
    ("redirect",            {"competent_agency": b"S\xe1\xbb\x9f"},                    "competent_agency"),
    ("redirect",            {"competent_agency": ["Sở"]},                              "competent_agency"),
    ("request_supplement",  {"fields": ["shoe_size"]},                                 "fields.0"),
    ("request_supplement",  {"fields": "address"},                                     "fields"),
    ("withdraw",            {"statement": 5},                                          "statement"),
    ("withdraw_part",       {"questions": ["1"]},                                      "questions.0"),
    ("withdraw_part",       {"questions": [True]},                                     "questions.0"),
    ("withdraw_part",       {"questions": [1.0]},                                      "questions.0"),
)  # fmt: skip


@pytest.mark.parametrize(("act", "given", "named"), BAD, ids=[f"{row[0]}-{row[2]}-{n}" for n, row in enumerate(BAD)])
def test_what_is_wrong_is_named(office, act, given, named):
    case = lives.brought(office, "received", DAY)
    role = {"accept": "head", "refuse": "head", "withdraw": "requester", "withdraw_part": "requester"}.get(
        act, "receiver"
    )
    with lives.on(DAY):
        data = lives.given(case, act, **given)
        before = tables.dump(but_security=True)
        with pytest.raises(errors.BadData) as caught:
            engine.fire(case, act, actor=office.actor(role, case), **data)
    assert list(caught.value.errors) == [named]
    assert all(caught.value.errors.values())
    assert tables.changed(before, tables.dump(but_security=True)) == []
    (entry,) = LogEntry.objects.filter(chain="security")
    assert (entry.data["case"], entry.data["refused"], entry.data["why"]) == (case.code, act, "BadData")
    assert entry.actor == ("requester" if role == "requester" else f"user:{getattr(office, role).pk}")


FILINGS = (
    # what is given                                                    what is named
    ({"agency": "xa-tan-hoa"},                                         "agency"),
    ({"agency": None},                                                 "agency"),
    ({"channel": "pigeon"},                                            "channel"),
    ({"requester": {"name": "An"}},                                    "requester.kind"),
    ({"requester": "An"},                                              "requester"),
    ({"questions": [{"text": "?", "content_types": ["gossip"]}]},      "questions.0.content_types.0"),
    ({"questions": [{"text": 3, "content_types": ["content"]}]},       "questions.0.text"),
    ({"questions": [{"text": "x" * 20_001, "content_types": []}]},     "questions"),
    ({"signature": "wax"},                                             "signature"),
    ({"affects": "\x07"},                                              "affects"),
    ({"decision": {"number": 12}},                                     "decision.number"),
    ({"decision": {"colour": "red"}},                                  "decision.colour"),
    ({"secret_hash": "00"},                                            "secret_hash"),
)  # fmt: skip


@pytest.mark.parametrize(("given", "named"), FILINGS, ids=[f"{row[1]}-{n}" for n, row in enumerate(FILINGS)])
def test_what_is_wrong_with_a_filing_is_named(office, given, named):
    before = tables.dump(but_security=True)
    with pytest.raises(errors.BadData) as caught:
        lives.filed(office, DAY, **given)
    assert named in caught.value.errors
    assert tables.changed(before, tables.dump(but_security=True)) == []


@pytest.mark.parametrize("missing", ["capacity", "affected", "notice"])
def test_what_is_missing_is_named(office, missing):
    case = lives.filed(office, DAY)
    with lives.on(DAY):
        data = lives.given(case, "accept")
        del data[missing]
        with pytest.raises(errors.BadData) as caught:
            engine.fire(case, "accept", actor=office.head, **data)
    assert caught.value.errors == {missing: "This is needed."}


def test_an_agency_that_takes_no_requests_is_not_asked(office):
    office.agency.receives = False
    with pytest.raises(errors.BadData, match="agency"):
        lives.filed(office, DAY)


def test_a_moment_is_no_day(office):
    case = lives.brought(office, "refused", DAY)
    with pytest.raises(errors.BadData) as caught:
        lives.act(office, case, "record_receipt", DAY, "clerk", received_on=datetime(2026, 10, 5, 9))
    assert list(caught.value.errors) == ["received_on"]


def test_a_paper_of_another_case_is_no_paper_of_this_one(office):
    case, other = lives.filed(office, DAY), lives.filed(office, DAY)
    with lives.on(DAY):
        for stray in (lives.paper(other, "T5"), lives.paper(None, "T5")):
            with pytest.raises(errors.BadData) as caught:
                engine.fire(case, "accept", actor=office.head, **lives.given(case, "accept", notice=stray))
            assert list(caught.value.errors) == ["notice"]
        with pytest.raises(errors.BadData) as caught:
            lives.filed(office, DAY, channel="in_person", signature="paper", record=lives.paper(other, "T1"))
        assert list(caught.value.errors) == ["record"]
    assert type(case).objects.get(pk=case.pk).state == "received"


# moments -----------------------------------------------------------------------------------------------------------

NOW = "2026-10-08 10:00"
MOMENTS = (
    # at                    paper of       why not, or None
    (None,                  "2026-10-08",  None),
    (None,                  "2026-10-07",  "bears another date"),
    (None,                  "2026-10-09",  "bears another date"),
    ("2026-10-08 10:00",    "2026-10-08",  None),
    ("2026-10-08 08:00",    "2026-10-08",  None),
    ("2026-10-07 08:00",    "2026-10-07",  None),
    ("2026-10-07 08:00",    "2026-10-08",  "bears another date"),
    ("2026-10-08 10:01",    "2026-10-08",  "in the future"),
    ("2026-10-09 10:00",    "2026-10-09",  "in the future"),
    ("2026-10-05 08:59",    "2026-10-05",  "before the previous act"),
    ("2026-10-05 09:00",    "2026-10-05",  None),
)  # fmt: skip


@pytest.mark.parametrize(("at", "paper", "why"), MOMENTS, ids=[f"{row[0]}-{row[1]}" for row in MOMENTS])
def test_when_an_act_may_have_happened(office, at, paper, why):
    case = lives.filed(office, DAY)
    with lives.on(NOW):
        data = lives.given(case, "accept", notice=lives.paper(case, "T5", date.fromisoformat(paper)))
        when = lives.local(at) if at else None
        if why:
            with pytest.raises(errors.NotThen, match=why):
                engine.fire(case, "accept", actor=office.head, at=when, **data)
            (entry,) = LogEntry.objects.filter(chain="security")
            assert (entry.data["why"], entry.actor) == ("NotThen", f"user:{office.head.pk}")
        else:
            entry = engine.fire(case, "accept", actor=office.head, at=when, **data)
            assert (entry.at, entry.recorded_at) == (when or lives.local(NOW), lives.local(NOW))
            assert case.clock("explain").anchor_on == date.fromisoformat(paper)


def test_without_a_paper_nothing_is_dated_back(office):
    case = lives.filed(office, DAY)
    with lives.on(NOW):
        for act, data in (
            ("withdraw", {"statement": "Tôi rút."}),
            ("complain_open", {"object": "procedure", "complaint": "x"}),
        ):
            with pytest.raises(errors.NotThen, match="stamped or signed"):
                engine.fire(case, act, actor=Requester(case.pk), at=lives.local("2026-10-07 09:00"), **data)
    with lives.on(NOW), pytest.raises(errors.NotThen, match="stamped or signed"):
        engine.open("explanation", actor=Requester(), at=lives.local("2026-10-07 09:00"), **lives.filing(office.agency))
    with lives.on(NOW), pytest.raises(errors.NotThen, match="future"):
        engine.open("explanation", actor=Requester(), at=lives.local("2026-10-09 09:00"), **lives.filing(office.agency))


def test_a_letter_is_received_on_the_day_of_its_stamp(office):
    with lives.on(NOW):
        record = lives.paper(None, "record", date(2026, 10, 6))
        case = engine.open(
            "explanation", actor=office.clerk, on_behalf_of="requester", at=lives.local("2026-10-06 16:00"),
            **lives.filing(office.agency, **lives.WRITTEN, record=record),
        )  # fmt: skip
    assert (case.opened_at, case.clock("decide").due_on) == (lives.local("2026-10-06 16:00"), date(2026, 10, 13))


# errors --------------------------------------------------------------------------------------------------------------


def refusals(office):
    """Return one refusal of each class, as raised by the engine."""
    case = lives.filed(office, DAY)
    tries = {
        errors.OutOfScope: (office.stranger, "accept", {}),
        errors.WrongRole: (office.clerk, "accept", {}),
        errors.NotFromHere: (office.head, "extend", {}),
        errors.ConditionUnmet: (office.head, "accept", {"capacity": "no"}),
        errors.BadData: (office.head, "accept", {"capacity": "maybe"}),
        errors.NotThen: (office.head, "accept", {"at": lives.local("2027-10-05 09:00")}),
    }
    for kind, (actor, act, change) in tries.items():
        with lives.on(DAY), pytest.raises(kind) as caught:
            engine.fire(case, act, actor=actor, **lives.given(case, act, **change))
        assert type(caught.value) is kind
        yield caught.value


def test_every_refusal_names_the_act_and_its_article(office):
    for refused in refusals(office):
        assert refused.facts["law"].startswith("NĐ59 Đ.")
        assert refused.facts["transition"] in ("accept", "extend")
        assert refused.code == type(refused).__name__
        if not isinstance(refused, errors.OutOfScope | errors.BadData | errors.NotThen):
            assert str(refused.facts["law"]) in str(refused)


def test_a_stranger_does_not_learn_the_state(office):
    case = lives.brought(office, "refused", DAY)
    with lives.on(DAY), pytest.raises(errors.OutOfScope) as caught:
        engine.fire(case, "close", actor=office.stranger)
    assert "state" not in caught.value.facts
    assert case.state_label not in str(caught.value)


def test_a_sentence_is_made_when_it_is_read(office):
    for refused in refusals(office):
        with translation.override("en"):
            english = str(refused)
        with translation.override("vi"):
            vietnamese = str(refused)
        with translation.override("en"):
            assert str(refused) == english
        assert "%(" not in english + vietnamese
        assert english


def test_each_refusal_is_recorded_once_and_never_in_the_case(office):
    for n, _ in enumerate(refusals(office), 1):
        assert LogEntry.objects.filter(chain="security").count() == n
    assert LogEntry.objects.filter(chain__startswith="case:").count() == 1


def test_a_refusal_undoes_what_was_put_on_file_with_it(office):
    from workflow.models import Document

    case = lives.filed(office, DAY)
    with lives.on(DAY), pytest.raises(errors.ConditionUnmet), engine.unit():
        engine.fire(case, "accept", actor=office.head, **lives.given(case, "accept", capacity="no"))
    assert not Document.objects.exists()
    assert LogEntry.objects.filter(chain="security").count() == 1
