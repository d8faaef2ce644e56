"""The page of the security chain: what it shows to whom, how it is searched, and that its end is checked."""

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import lives
from workflow import appointments, engine, errors, guards
from workflow.appointments.errors import SelfAppointment
from workflow.inspection import exports
from workflow.ledger import audit, chain
from workflow.models import LogEntry, User
from workflow.openings import VIEWED
from workflow.openings import note as opened
from workflow.security import rows
from workflow.security.kinds import GROUPS, TITLES

pytestmark = pytest.mark.django_db
PAGE, NOW = "/thanh-tra/an-ninh/", "2026-10-07 09:00"


@pytest.fixture
def office():
    """An office in which everything has happened that the page is about."""
    office = lives.Office()
    office.keeper = office.person("administrator", office.province, "keeper")
    office.newcomer = User.objects.create(username="newcomer", full_name="Lê Thị Mới")
    with lives.on(NOW):
        case = lives.filed(office, NOW)
        opened(VIEWED, case, office.officer)
        with pytest.raises(errors.WrongRole), engine.unit():
            engine.fire(case, "accept", actor=office.officer, **lives.given(case, "accept"))
        given = {"decision": "12/QĐ-UBND", "starts_on": date(2026, 10, 8)}
        appointments.appoint(office.newcomer, office.agency, "clerk", by=office.keeper, **given)
        with pytest.raises(SelfAppointment):
            appointments.appoint(office.keeper, office.other, "head", by=office.keeper, **given)
        exports.note("log", 7, office.inspector, {})
        chain.append(chain.SECURITY, "signed_in", actor=office.head, agency_id=office.agency.pk, by=["password", "mfa"])
        chain.append(
            chain.SECURITY, "sign_ins_refused", actor=chain.SYSTEM, agency_id=office.agency.pk, user=office.head.pk
        )
        chain.append(chain.SECURITY, "sign_ins_refused", actor=chain.SYSTEM)
        office.case = case
        yield office


def page(client, user, **search):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    answer = client.get(PAGE, search)
    assert answer.status_code == 200
    return answer


def text(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def titles(answer):
    return re.findall(
        r"<strong>([^<]+)</strong>(?: <span class=\"badge late\">refused</span>)?</span><time", answer.content.decode()
    )


def test_inspectors_and_administrators_see_what_concerns_their_agencies(client, office):
    everything = [
        "Burst of failed sign-ins", "Burst of failed sign-ins", "Signed in", "List or log taken along",
        "Refused attempt", "Power given by appointment", "Refused attempt", "Case opened by an official",
    ]  # fmt: skip
    assert titles(page(client, office.inspector))[: len(everything)] == everything
    assert titles(page(client, office.keeper))[: len(everything)] == everything
    here = [one for one in titles(page(client, office.administrator)) if one in everything]
    assert here == [everything[0], *everything[2:3], *everything[5:]]  # of the commune alone
    assert titles(page(client, office.person("inspector", office.other, "elsewhere"))) == ["Refused attempt"]
    for user in (office.head, office.officer, office.newcomer):
        client.force_login(user)
        assert client.get(PAGE).status_code == 403
    client.logout()
    assert client.get(PAGE).status_code == 302


def test_it_says_who_about_whom_where_and_why(client, office):
    said = text(page(client, office.inspector))
    assert "Người keeper → Lê Thị Mới · UBND xã Tân Hòa" in said
    assert "Role: clerk · Decision: 12/QĐ-UBND · Days: 2026-10-08" in said
    assert f"Case: {office.case.code} · Tried: Accept · Why: another role" in said
    assert "Tried: appoint · Why: a power for themselves" in said
    assert "List: log · Rows: 7" in said
    assert "Proofs: password, second factor" in said
    assert "the system → Người head" in said


def test_nothing_of_a_person_stands_in_the_entries(office):
    names = list(User.objects.values_list("full_name", flat=True))
    for entry in LogEntry.objects.filter(chain="security"):
        written = bytes(entry.canonical).decode()
        assert not [name for name in [*names, "Nguyễn Văn An"] if name in written]


@pytest.mark.parametrize("kind", GROUPS)
def test_every_kind_is_searched_by_itself(client, office, kind):
    wanted = {str(title) for title in GROUPS[kind][1].values()}
    found = titles(page(client, office.inspector, kind=kind))
    assert set(found) <= wanted
    assert bool(found) is (kind != "accounts")


def test_a_person_is_found_as_actor_and_as_the_one_concerned(client, office):
    assert titles(page(client, office.inspector, who="newcomer")) == ["Power given by appointment"]
    assert titles(page(client, office.inspector, who="head")) == ["Burst of failed sign-ins", "Signed in"]
    assert titles(page(client, office.inspector, who="nobody")) == []


def test_days_are_legal_days_and_in_their_order(client, office):
    assert titles(page(client, office.inspector, since="2026-10-08")) == []
    assert titles(page(client, office.inspector, since="2026-10-07", until="2026-10-07", kind="sign-ins"))
    client.force_login(office.inspector)
    client.cookies["django_language"] = "en"
    answer = client.get(PAGE, {"since": "2026-10-08", "until": "2026-10-07"})
    assert answer.status_code == 422
    assert "The first day lies after the last one" in text(answer)


def test_a_long_chain_goes_on_where_it_stopped_in_a_fixed_number_of_statements(client, office):
    page(client, office.inspector)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for n in range(70):
        chain.append(
            chain.SECURITY, "signed_in", actor=office.head, agency_id=office.agency.pk, by=["password"], sessions=n
        )
    with CaptureQueriesContext(connection) as many:
        first = client.get(PAGE)
    assert len(many) == len(few)
    more = re.search(r'href="\?([^"]*before=[^"]+)"', first.content.decode())
    second = client.get(f"{PAGE}?{unescape(more[1])}")
    seqs = [re.findall(r'class="hash">security #(\d+)', one.content.decode()) for one in (first, second)]
    assert len(seqs[0]) == 50
    assert not set(seqs[0]) & set(seqs[1])
    assert "To the newest" in text(second)


def test_the_end_of_the_chain_is_checked_and_a_change_is_named(client, office, monkeypatch):
    assert "the last" in text(page(client, office.inspector))
    assert rows.check().wrong == []
    monkeypatch.setattr(rows, "CHECKED", 3)
    assert (rows.check().n, rows.check().wrong) == (3, [])
    last = LogEntry.objects.filter(chain="security").latest("seq")
    with guards.lifted():
        LogEntry.objects.filter(pk=last.pk).update(actor="user:1")
    said = text(page(client, office.inspector))
    assert "The security chain does not hold" in said
    assert f"security #{last.seq}: column actor differs from what was hashed" in said


def test_a_removed_end_is_noticed(office):
    last = LogEntry.objects.filter(chain="security").latest("seq")
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM workflow_logentry WHERE id = %s", [last.pk])
    assert [str(one.why) for one in rows.check().wrong] == ["the head of the chain is not the last entry"]


def test_the_whole_log_holds(office):
    assert audit.check().failures == []


def test_every_event_of_accounts_has_its_words():
    from workflow.accounts import journal

    assert set(journal.EVENTS) <= set(TITLES)
