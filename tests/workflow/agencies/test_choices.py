"""What an agency decides for itself: entered by an administrator of its subtree, with a decision, and logged."""

import pytest

from tests import lives
from tests.workflow.agencies.support import HOME, get, offices, post, text
from workflow.agencies import choices, tree
from workflow.ledger import chain
from workflow.models import Agency, LogEntry

pytestmark = pytest.mark.django_db
PAGE = HOME + "xa-tan-hoa/tu-quyet-dinh/"
KEY = "explanation.drawn_signature"


@pytest.fixture
def office():
    return offices()


def sent(value, decision="12/QĐ-UBND", key=KEY):
    """Return what the form of a setting sends."""
    return {"setting": key, f"{key}-value": value, f"{key}-decision": decision}


def entries(agency):
    return list(LogEntry.objects.filter(chain=f"agency:{agency.slug}").order_by("seq"))


@pytest.mark.parametrize(
    ("who", "status"),
    [("head", 403), ("receiver", 403), ("inspector", 403), ("superior", 403), ("outsider", 404), ("keeper", 200)],
)
def test_administrators_of_the_subtree_decide_and_nobody_else(client, office, who, status):
    user = getattr(office, who)
    assert get(client, user, PAGE).status_code == status
    answer = post(client, user, PAGE, sent("DEFICIENT"))
    assert answer.status_code == (302 if status == 200 else status)
    office.agency.refresh_from_db()
    assert bool(office.agency.choices) == (status == 200) == bool(entries(office.agency))


def test_a_visitor_is_asked_to_sign_in(client, office):
    assert client.get(PAGE).status_code == client.post(PAGE, sent("DEFICIENT")).status_code == 302
    assert entries(office.agency) == []


def test_nobody_decides_elsewhere_past_the_page(office):
    with pytest.raises(tree.NotYours):
        choices.choose(
            office.agency, procedure="explanation", setting="drawn_signature", value="DEFICIENT", decision="1/QĐ",
            actor=office.outsider,
        )  # fmt: skip


def test_what_is_decided_counts_for_what_is_filed_from_then_on(client, office):
    before = lives.filed(office, "2026-10-06 09:00")
    assert post(client, office.keeper, PAGE, sent("CONFIRM_AT_COUNTER")).status_code == 302
    office.agency.refresh_from_db()
    after = lives.filed(office, "2026-10-08 09:00")
    assert (before.missing, after.missing) == ([], ["signature"])
    elsewhere = lives.filed(office, "2026-10-08 09:00", agency=office.other)
    assert elsewhere.missing == []
    [entry] = entries(office.agency)
    assert (entry.transition, entry.actor) == ("setting_chosen", f"user:{office.keeper.pk}")
    told = {name: entry.data[name] for name in ("setting", "before", "value", "decision")}
    assert told == {"setting": KEY, "before": "", "value": "CONFIRM_AT_COUNTER", "decision": "12/QĐ-UBND"}
    assert list(chain.failures([entry])) == []


def test_it_is_shown_with_its_decision_and_in_the_past_of_the_agency(client, office):
    post(client, office.keeper, PAGE, sent("CONFIRM_AT_COUNTER"))
    assert "Decided by 12/QĐ-UBND." in text(get(client, office.keeper, PAGE))
    said = text(get(client, office.keeper, HOME + "xa-tan-hoa/"))
    assert "Decided for itself Người keeper 12/QĐ-UBND" in said
    assert "A signature drawn on the screen: – → is confirmed at the counter before acceptance" in said


def test_an_agency_may_follow_the_others_again(client, office):
    post(client, office.keeper, PAGE, sent("DEFICIENT"))
    assert post(client, office.keeper, PAGE, sent("", "13/QĐ-UBND")).status_code == 302
    agency = Agency.objects.get(pk=office.agency.pk)
    assert agency.choices == {}
    assert [entry.data["value"] for entry in entries(agency)] == ["DEFICIENT", ""]
    assert lives.filed(office, "2026-10-08 09:00", agency=agency).missing == []


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (sent("MAYBE"), "not one of the available choices"),
        (sent("DEFICIENT", " "), "required"),
        (sent("DEFICIENT", "=1+1"), "as a formula does"),
        (sent(""), "stands already"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_what_was_typed_stays(client, office, given, why):
    answer = post(client, office.keeper, PAGE, given)
    assert answer.status_code == 422
    assert why in text(answer)
    assert given[f"{KEY}-decision"].strip() in answer.content.decode()
    assert entries(office.agency) == []


def test_an_agency_that_has_ended_decides_nothing(client, office):
    Agency.objects.filter(pk=office.agency.pk).update(ends_on="2026-10-01")
    assert get(client, office.keeper, PAGE).status_code == 404


def test_an_unknown_setting_changes_nothing(client, office):
    assert post(client, office.keeper, PAGE, sent("DEFICIENT", key="explanation.other")).status_code == 200
    assert entries(office.agency) == []


def test_a_setting_that_no_longer_exists_is_told_as_it_was():
    assert choices.in_words("old.setting", "X") == ("old.setting", "X")
