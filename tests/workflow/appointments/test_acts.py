"""Who gives which power to whom, by what, from when until when: and everything that is refused."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tests import lives
from workflow import appointments, permissions
from workflow.actors import SYSTEM
from workflow.appointments import errors
from workflow.ledger import audit
from workflow.models import Agency, Appointment, Delegation, LogEntry, User

pytestmark = pytest.mark.django_db
D = date.fromisoformat
NOW = "2026-10-07 09:00"


@pytest.fixture
def office():
    office = lives.Office()
    office.keeper = office.person("administrator", office.province, "keeper")
    office.newcomer = User.objects.create(username="newcomer", full_name="Lê Thị Mới")
    return office


@pytest.fixture(autouse=True)
def _now():
    with lives.on(NOW):
        yield


def appoint(office, user=None, agency=None, role="officer", by=None, **how):
    how = {"decision": "12/QĐ-UBND", "starts_on": D("2026-10-07"), **how}
    return appointments.appoint(user or office.newcomer, agency or office.agency, role, by=by or office.keeper, **how)


def delegate(office, principal=None, substitute=None, role="head", by=None, **how):
    how = {"document": "5/UQ-UBND", "starts_on": D("2026-10-07"), "ends_on": D("2026-10-16"), **how}
    agency = how.pop("agency", office.agency)
    principal = principal or office.head
    return appointments.delegate(principal, substitute or office.officer, agency, role, by=by or principal, **how)


def holds(user, role, at, agency=None):
    posts = permissions.posts_of(User.objects.get(pk=user.pk), lives.local(at))
    return any(post.role == role and agency in (None, post.agency_id) for post in posts)


# what is given ---------------------------------------------------------------------------------------------------


def test_an_appointment_counts_from_its_first_day_to_midnight_of_its_last(office):
    appoint(office, starts_on=D("2026-10-10"), ends_on=D("2026-10-20"))
    expected = {
        "2026-10-09 23:59": False,
        "2026-10-10 00:00": True,
        "2026-10-20 23:59": True,
        "2026-10-21 00:00": False,
    }
    assert {at: holds(office.newcomer, "officer", at) for at in expected} == expected


def test_what_ends_today_ends_at_midnight_in_viet_nam(office):
    given = appoint(office)
    appointments.end(given, by=office.keeper, decision="13/QĐ-UBND", on=D("2026-10-07"))
    assert holds(office.newcomer, "officer", "2026-10-07 23:59")
    assert not holds(office.newcomer, "officer", "2026-10-08 00:00")
    given.refresh_from_db()
    assert (given.ends_on, given.end_decision) == (D("2026-10-07"), "13/QĐ-UBND")


def test_an_appointment_that_is_ended_before_it_begins_never_begins(office):
    given = appoint(office, starts_on=D("2026-11-01"))
    appointments.end(given, by=office.keeper, decision="13/QĐ-UBND", on=D("2026-10-31"))
    assert not holds(office.newcomer, "officer", "2026-11-02 09:00")
    assert appoint(office, starts_on=D("2026-11-01")).pk != given.pk


def test_a_delegation_counts_while_it_lasts_and_while_the_principal_holds_the_power(office):
    delegate(office)
    assert holds(office.officer, "head", "2026-10-16 23:59")
    assert not holds(office.officer, "head", "2026-10-17 00:00")
    own = Appointment.objects.get(user=office.head)
    appointments.end(own, by=office.keeper, decision="14/QĐ-UBND", on=D("2026-10-10"))
    assert holds(office.officer, "head", "2026-10-10 12:00")
    assert not holds(office.officer, "head", "2026-10-11 12:00")


def test_an_administrator_enters_what_a_head_has_signed_on_paper(office):
    given = delegate(office, by=office.keeper)
    assert given.given_under.startswith("appointment:")
    appointments.revoke(given, by=office.keeper, document="6/UQ", on=D("2026-10-08"))
    assert not holds(office.officer, "head", "2026-10-09 08:00")


def test_an_administrator_of_a_commune_keeps_that_commune_and_no_other(office):
    appoint(office, by=office.administrator)
    with pytest.raises(errors.OutsideSubtree):
        appoint(office, agency=office.other, by=office.administrator)
    with pytest.raises(errors.OutsideSubtree):
        appoint(office, agency=office.province, role="administrator", by=office.administrator)


# what is refused -------------------------------------------------------------------------------------------------


REFUSED = (
    # error                     what is tried, by whom
    (errors.SelfAppointment,    lambda o: appoint(o, user=o.keeper)),
    (errors.SelfAppointment,    lambda o: delegate(o, substitute=o.head)),
    (errors.SelfAppointment,    lambda o: delegate(o, substitute=o.keeper, by=o.keeper)),
    (errors.OutsideSubtree,     lambda o: appoint(o, by=o.head)),
    (errors.OutsideSubtree,     lambda o: appoint(o, by=o.newcomer)),
    (errors.OutsideSubtree,     lambda o: delegate(o, by=o.stranger)),
    (errors.OutsideSubtree,     lambda o: delegate(o, by=o.officer)),
    (errors.DecisionMissing,    lambda o: appoint(o, decision="  ")),
    (errors.DecisionMissing,    lambda o: delegate(o, document="")),
    (errors.DatesReversed,      lambda o: appoint(o, ends_on=D("2026-10-06"))),
    (errors.DatesReversed,      lambda o: delegate(o, ends_on=D("2026-10-06"))),
    (errors.UnknownRole,        lambda o: appoint(o, role="king")),
    (errors.Overlapping,        lambda o: (appoint(o), appoint(o, starts_on=D("2030-01-01")))),
    (errors.Overlapping,        lambda o: (delegate(o), delegate(o, starts_on=D("2026-10-16")))),
    (errors.NotHeld,            lambda o: delegate(o, principal=o.head, role="clerk")),
    (errors.NotHeld,            lambda o: delegate(o, principal=o.head, agency=o.other)),
    (errors.NotHeld,            lambda o: delegate(o, starts_on=D("2019-12-31"))),
    (errors.SubDelegation,      lambda o: (delegate(o), delegate(o, principal=o.officer, substitute=o.clerk))),
    (errors.BeyondItsEnd,       lambda o: (appoint(o, ends_on=D("2026-10-10")),
                                           delegate(o, principal=o.newcomer, role="officer"))),
)  # fmt: skip


@pytest.mark.parametrize(
    ("error", "tried"), REFUSED, ids=[f"{n}-{error.__name__}" for n, (error, _) in enumerate(REFUSED)]
)
def test_a_refused_power_leaves_nothing_but_its_refusal(office, error, tried):
    with pytest.raises(error) as refused:
        tried(office)
    assert "%(" not in str(refused.value)
    entry = LogEntry.objects.filter(chain="security").latest("seq")
    assert (entry.transition, entry.data["why"]) == ("refused", error.__name__)
    assert audit.check().failures == []


def test_a_deactivated_person_is_given_nothing(office):
    User.objects.filter(pk=office.newcomer.pk).update(is_active=False)
    with pytest.raises(errors.Deactivated):
        appoint(office)
    with pytest.raises(errors.Deactivated):
        delegate(office, substitute=office.newcomer)
    assert not Delegation.objects.exists()


def test_a_power_does_not_come_back_to_whom_it_came_from(office):
    second = appoint(office, role="administrator", agency=office.province)
    third = User.objects.create(username="third", full_name="Người thứ ba")
    appoint(office, user=third, role="administrator", by=second.user)
    with pytest.raises(errors.OwnPowerWidened):
        appoint(office, user=office.keeper, role="head", by=second.user)
    with pytest.raises(errors.OwnPowerWidened):
        appoint(office, user=office.keeper, role="head", by=third)


def test_a_substitute_does_not_appoint_the_principal(office):
    delegate(office, principal=office.keeper, substitute=office.newcomer, agency=office.province, role="administrator")
    with pytest.raises(errors.OwnPowerWidened):
        appoint(office, user=office.keeper, role="head", by=office.newcomer)
    with pytest.raises(errors.SelfAppointment):
        appoint(office, user=office.newcomer, role="head", by=office.newcomer)
    third = User.objects.create(username="third", full_name="Người thứ ba")
    assert appoint(office, user=third, by=office.newcomer).given_under.startswith("delegation:")


def test_a_power_that_goes_on_elsewhere_still_comes_from_whom_it_came(office):
    first = appoint(office, role="administrator")
    next_ = appoint(office, role="administrator", agency=office.other, by=SYSTEM, instead_of=first)
    with pytest.raises(errors.OwnPowerWidened):
        appoint(office, user=office.keeper, agency=office.other, role="head", by=next_.user)


def test_who_was_appointed_does_not_delegate_back(office):
    given = appoint(office, role="head", agency=office.other)
    with pytest.raises(errors.OwnPowerWidened):
        delegate(office, principal=given.user, substitute=office.keeper, agency=office.other)


def test_the_last_administrator_stays(office):
    keeper = Appointment.objects.get(user=office.keeper)
    with pytest.raises(errors.LastAdministrator):
        appointments.end(keeper, by=office.keeper, decision="9/QĐ", on=D("2026-10-31"))
    appoint(office, role="administrator", agency=office.province, starts_on=D("2026-11-01"))
    appointments.end(keeper, by=office.keeper, decision="9/QĐ", on=D("2026-10-31"))
    assert not holds(office.keeper, "administrator", "2026-11-01 00:00")


def test_a_power_does_not_end_before_a_day_on_which_it_was_used(office):
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-06 09:00", "head")
    own = Appointment.objects.get(user=office.head)
    with pytest.raises(errors.UsedLater, match="06/10/2026"):
        appointments.end(own, by=office.keeper, decision="9/QĐ", on=D("2026-10-05"))
    appointments.end(own, by=office.keeper, decision="9/QĐ", on=D("2026-10-06"))
    with pytest.raises(errors.AlreadyEnds):
        appointments.end(own, by=office.keeper, decision="10/QĐ", on=D("2026-10-08"))


def test_what_was_never_used_is_annulled_from_its_beginning(office):
    given = appoint(office, starts_on=D("2026-10-05"))
    appointments.end(given, by=office.keeper, decision="13/QĐ-UBND", on=D("2026-10-04"))
    assert not holds(office.newcomer, "officer", NOW)
    second = appoint(office, role="administrator", starts_on=D("2026-10-05"))
    appoint(office, user=office.stranger, by=second.user)
    with pytest.raises(errors.UsedLater):
        appointments.end(second, by=office.keeper, decision="14/QĐ-UBND", on=D("2026-10-04"))


def test_nobody_is_appointed_at_an_agency_that_has_ended(office):
    Agency.objects.filter(pk=office.agency.pk).update(ends_on=D("2026-10-31"))
    office.agency.refresh_from_db()
    with pytest.raises(errors.AgencyEnded):
        appoint(office)
    assert appoint(office, ends_on=D("2026-10-31"))


def test_the_installation_appoints_the_first(office):
    given = appoint(office, role="administrator", by=SYSTEM)
    assert (given.given_by, given.given_under) == (None, "")


# what is kept ----------------------------------------------------------------------------------------------------


def test_each_act_is_in_the_chain_of_the_agency_and_in_the_security_chain(office):
    given = appoint(office, ends_on=D("2026-12-31"))
    appointments.end(given, by=office.keeper, decision="13/QĐ-UBND", on=D("2026-10-08"))
    for name in ("agency:xa-tan-hoa", "security"):
        entries = list(LogEntry.objects.filter(chain=name).order_by("seq"))
        assert [one.transition for one in entries] == ["appointed", "appointment_ended"]
        assert {one.agency_id for one in entries} == {office.agency.pk}
        said = entries[1].data
        assert said["power"] == f"appointment:{given.pk}"
        assert (said["person"], said["decision"], said["ends"]) == (f"user:{given.user_id}", "13/QĐ-UBND", "2026-10-08")
        assert said["under"] == f"appointment:{office.keeper.appointments.get().pk}"
        assert all(office.newcomer.full_name not in bytes(one.canonical).decode() for one in entries)
    assert audit.check().failures == []


FORGED = (
    "DELETE FROM workflow_appointment",
    "DELETE FROM workflow_delegation",
    "UPDATE workflow_appointment SET role = 'head'",
    "UPDATE workflow_appointment SET starts_on = '2019-01-01'",
    "UPDATE workflow_appointment SET user_id = user_id + 1",
    "UPDATE workflow_appointment SET decision = 'x'",
    "UPDATE workflow_appointment SET ends_on = NULL WHERE ends_on IS NOT NULL",
    "UPDATE workflow_appointment SET ends_on = '2030-01-01' WHERE ends_on IS NOT NULL",
    "UPDATE workflow_delegation SET ends_on = '2030-01-01'",
    "UPDATE workflow_delegation SET substitute_id = principal_id",
    "UPDATE workflow_delegation SET document = 'x'",
)


@pytest.mark.parametrize("sql", FORGED)
def test_the_database_keeps_powers_as_they_were_given(office, sql):
    appoint(office, ends_on=D("2026-12-31"))
    delegate(office)
    before = list(Appointment.objects.values()), list(Delegation.objects.values())
    with (
        pytest.raises(DatabaseError, match="append-only|never rewritten"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert (list(Appointment.objects.values()), list(Delegation.objects.values())) == before


# the first of all ------------------------------------------------------------------------------------------------


def test_the_command_appoints_the_first_administrator(office):
    out = StringIO()
    call_command(
        "appoint", "newcomer", "administrator", "tinh", "--decision", "1/QĐ", "--from", "2026-10-07", stdout=out
    )
    assert "newcomer is administrator at tinh" in out.getvalue()
    assert holds(office.newcomer, "administrator", NOW, office.province.pk)
    assert LogEntry.objects.get(chain="agency:tinh").actor == "system"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nobody", "clerk", "tinh", "--decision", "1"), "no account “nobody”"),
        (("newcomer", "clerk", "nowhere", "--decision", "1"), "no agency “nowhere”"),
        (("newcomer", "king", "tinh", "--decision", "1"), "invalid choice"),
        (("newcomer", "clerk", "tinh", "--decision", " "), "Give the number of the decision"),
        (("newcomer", "clerk", "tinh", "--decision", "1", "--from", "7/10"), "write 2026-03-02"),
    ],
)
def test_the_command_says_what_is_wrong(office, arguments, why):
    with pytest.raises(CommandError, match=why):
        call_command("appoint", *arguments)
    assert not Appointment.objects.filter(user=office.newcomer).exists()
