"""Powers: held on a day, reaching cases; the answer for one case and the one for a list are the same."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import include, path, resolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import lives
from workflow import added_rungs, clock, engine, errors, escalation, permissions, store
from workflow.models import Agency, Appointment, Case, Delegation, LogEntry, User
from workflow.permissions import pages
from workflow.views import access

pytestmark = pytest.mark.django_db

DAY = "2026-10-05 09:00"
NOW = lives.local(DAY)
TODAY = date(2026, 10, 5)


@pytest.fixture
def office():
    return lives.Office()


def delegate(office, role="head", first=TODAY, last=TODAY, *, principal=None, agency=None, name="deputy"):
    substitute = User.objects.filter(username=name).first() or User.objects.create(username=name, full_name=name)
    Delegation.objects.create(
        principal=principal or getattr(office, role), substitute=substitute, agency=agency or office.agency, role=role,
        document="02/GUQ", starts_on=first, ends_on=last,
    )  # fmt: skip
    return substitute


def held(user, on=NOW):
    return {(post.ref.split(":")[0], post.role, post.agency_id) for post in permissions.posts_of(user, on)}


# held ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-10-04 23:59", False),
        ("2026-10-05 00:00", True),
        ("2026-10-07 23:59", True),
        ("2026-10-08 00:00", False),
    ],
)
def test_a_power_begins_and_ends_at_midnight_in_vietnam(office, at, holds):
    deputy = delegate(office, last=date(2026, 10, 7))
    assert bool(held(deputy, lives.local(at))) is holds
    with lives.on(at):
        assert (deputy in permissions.holders(office.agency.pk, ["head"], clock.now())) is holds


LOST = {
    "appointment ended": lambda office: Appointment.objects.filter(user=office.head).update(ends_on=date(2026, 10, 4)),
    "not yet appointed": lambda office: lives.reappointed(office.head, starts_on=date(2026, 10, 6)),
    "holds another role": lambda office: lives.reappointed(office.head, role="officer"),
    "holds it elsewhere": lambda office: lives.reappointed(office.head, agency=office.other),
    "account closed": lambda office: User.objects.filter(pk=office.head.pk).update(is_active=False),
}


@pytest.mark.parametrize("why", LOST)
def test_a_delegation_counts_only_while_the_principal_holds_the_power(office, why):
    deputy, case = delegate(office), lives.filed(office, DAY)
    assert held(deputy) == {("delegation", "head", office.agency.pk)}
    LOST[why](office)
    assert held(deputy) == set()
    assert deputy not in permissions.holders(office.agency.pk, ["head"], NOW)
    with lives.on(DAY), pytest.raises(errors.OutOfScope):
        engine.fire(case, "accept", actor=deputy, **lives.given(case, "accept"))


def test_what_is_lent_cannot_be_lent_on(office):
    deputy = delegate(office)
    second = delegate(office, principal=deputy, name="second")
    assert (bool(held(deputy)), bool(held(second))) == (True, False)


def test_an_act_dated_back_needs_the_principals_power_on_both_days(office):
    deputy = delegate(office, first=date(2026, 9, 1), last=date(2026, 10, 31))
    lives.reappointed(office.head, starts_on=date(2026, 10, 2))
    spans = [(date(2026, 10, 2), True), (date(2026, 10, 1), False)]
    for since, holds in spans:
        assert bool(store.powers(store.Holder(deputy.pk, since, TODAY))) is holds


def test_an_inspectors_and_an_administrators_substitute_have_their_subtrees(office):
    inspector = delegate(office, "inspector", agency=office.province)
    assert permissions.inspected(inspector, NOW) == [office.province.path]
    keeper = delegate(office, "administrator", name="keeper")
    assert permissions.administered(keeper, NOW) == permissions.administered(office.administrator, NOW)
    assert permissions.administers(keeper, office.agency, NOW)
    assert not permissions.administers(keeper, office.other, NOW)
    assert not permissions.administers(office.head, office.agency, NOW)


def test_nobody_holds_anything_without_an_account_in_use(office):
    User.objects.filter(pk=office.head.pk).update(is_active=False)
    assert held(User.objects.get(pk=office.head.pk)) == set()
    assert permissions.holders(office.agency.pk, ["head"], NOW) == []
    assert permissions.holders(office.agency.pk, [], NOW) == []


# reaching --------------------------------------------------------------------------------------------------------


def agree(cases, people, at=NOW):
    """Return the codes each person sees, after checking that list and case give the same answer."""
    seen = {}
    with clock.simulated(at):
        for person in people:
            listed = set(permissions.visible(Case.objects.all(), person, at).values_list("pk", flat=True))
            who = (store.Holder(person.pk, clock.legal_day(at), clock.legal_day(at)),)
            one_by_one = {c.pk for c in cases if permissions.in_scope(store.read(c, people=who, lock=False), person)}
            assert listed == one_by_one, person
            seen[person.username] = {c.code for c in cases if c.pk in listed}
    return seen


def everybody(office):
    return [*(getattr(office, role) for role in lives.ROLES), office.inspector, office.superior, office.stranger]


def test_a_list_and_a_case_give_the_same_answer_in_every_state(office):
    earlier = lives.explained_before(office)
    cases = [earlier, *(lives.brought(office, state, DAY) for state in lives.ROADS)]
    above = office.person("receiver", office.province, "above")
    far = lives.agency("bo", "Bộ", "central")
    people = [*everybody(office), above, delegate(office), office.person("head", far, "minister")]
    people.append(delegate(office, "inspector", agency=office.province, name="second inspector"))
    seen = agree(cases, people)
    all_of_them = {case.code for case in cases}
    for name in ("head", "explainer", "receiver", "clerk", "officer", "deputy", "inspector", "second inspector"):
        assert seen[name] == all_of_them, name
    assert seen["superior"] == {case.code for case in cases if case.state == "appealed"}
    for name in ("stranger", "above", "administrator", "minister"):
        assert seen[name] == set(), name


def test_the_superior_sees_a_case_from_the_report_of_its_silence_until_the_act(office):
    case = lives.filed(office, "2026-10-05 09:00")
    before, after = lives.local("2026-10-13 09:00"), lives.local("2026-10-14 08:00")
    for at, sees in ((before, False), (after, True)):
        with clock.simulated(at):
            escalation.sweep(at)
        assert agree([case], [office.superior, office.stranger], at) == {
            "superior": {case.code} if sees else set(), "stranger": set(),
        }  # fmt: skip
    lives.act(office, case, "accept", "2026-10-14 10:00", "head")
    assert agree([case], [office.superior], lives.local("2026-10-14 11:00")) == {"superior": set()}


@pytest.mark.parametrize(("tells", "sees"), [(["superior"], True), (["head"], False)])
def test_a_rung_of_the_agencys_own_reports_upwards_too(office, tells, sees):
    added_rungs.add(
        office.agency, procedure="explanation", period="decide", name="som", offset=-1, tells=tells, text="Sớm.",
        decision="1/QĐ",
    )  # fmt: skip
    case, at = lives.filed(office, "2026-10-05 09:00"), lives.local("2026-10-12 09:00")
    with clock.simulated(at):
        escalation.sweep(at)
    assert agree([case], [office.superior], at) == {"superior": {case.code} if sees else set()}


ROLE = st.sampled_from([*lives.ROLES, "inspector"])
DATES = st.dates(date(2026, 10, 3), date(2026, 10, 7))


@settings(
    max_examples=40, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_whatever_is_held_list_and_case_agree(office, data):
    if not Case.objects.exists():
        for state in ("received", "accepted", "appealed", "closed"):
            lives.brought(office, state, DAY)
    places = list(Agency.objects.all())
    person = User.objects.create(username=f"p{User.objects.count()}", full_name="Người")
    for _ in range(data.draw(st.integers(0, 3))):
        role, place, span = (
            data.draw(ROLE),
            data.draw(st.sampled_from(places)),
            sorted(data.draw(st.tuples(DATES, DATES))),
        )
        if data.draw(st.booleans()):
            Appointment.objects.create(
                user=person, agency=place, role=role, decision="1", starts_on=span[0], ends_on=span[1]
            )
        else:
            principal = data.draw(st.sampled_from([u for u in everybody(office) if u.pk != person.pk]))
            Delegation.objects.create(
                principal=principal, substitute=person, agency=place, role=role, document="1",
                starts_on=span[0], ends_on=span[1],
            )  # fmt: skip
    agree(list(Case.objects.all()), [person])


# A19 -------------------------------------------------------------------------------------------------------------


def test_the_head_decides_on_his_own_act_and_the_superior_does_not(office):
    own = {"decision": {"number": "1/QĐ", "signed_by": office.head.pk}}
    case = lives.brought(office, "appealed", DAY, **own)
    assert lives.act(office, case, "end_complaint", "2026-10-06 09:00", "head").own_act
    theirs = {"decision": {"number": "1/QĐ", "signed_by": office.superior.pk}}
    case = lives.brought(office, "appealed", DAY, **theirs)
    with pytest.raises(errors.OwnActBlocked, match="A colleague must act"):
        lives.act(office, case, "end_complaint", "2026-10-06 09:00", "superior")
    deputy = delegate(office, principal=office.superior, agency=office.province, last=date(2026, 10, 9))
    office.deputy = deputy
    assert lives.act(office, case, "end_complaint", "2026-10-06 09:00", "deputy")


def test_what_a19_says_is_a_setting_of_the_procedure(office, monkeypatch):
    theirs = {"decision": {"number": "1/QĐ", "signed_by": office.superior.pk}}
    case = lives.brought(office, "appealed", DAY, **theirs)
    monkeypatch.setitem(vars(case.procedure), "interested_barred", False)
    assert lives.act(office, case, "end_complaint", "2026-10-06 09:00", "superior").own_act


# pages -----------------------------------------------------------------------------------------------------------


def test_a_page_that_does_not_say_who_may_see_it_is_closed(rf):
    def bare(request):
        return None

    request = rf.get("/van-phong/")
    request.resolver_match = resolve("/van-phong/")
    with pytest.raises(PermissionDenied):
        access.DenyByDefault(bare).process_view(request, bare, (), {})
    assert access.DenyByDefault(bare).process_view(request, access.official(bare), (), {}) is None


@pytest.mark.urls(__name__)
def test_the_start_names_a_page_that_does_not_say_who_may_see_it():
    (error,) = pages.check_pages(None)
    assert error.id == "workflow.E011"
    assert "“room:bare” (phong/trong/)" in error.msg


def _bare(request):
    """Say nothing."""


urlpatterns = [
    path("phong/", include(([path("trong/", _bare, name="bare"), path("chung/", access.official(_bare))], "room"))),
]


def test_every_page_of_the_site_says_who_may_see_it():
    assert pages.check_pages(None) == []


def test_a_refused_write_is_recorded_and_a_refused_look_is_not(client, office):
    case, security = lives.filed(office, DAY), LogEntry.objects.filter(chain="security")
    client.force_login(office.stranger)
    with lives.on(DAY):
        client.get(f"/van-phong/ho-so/{case.code}/accept/")
        client.get("/van-phong/moi/")
        assert not security.exists()
        assert client.post(f"/van-phong/ho-so/{case.code}/accept/").status_code == 404
        refused = client.post("/van-phong/moi/")
        assert refused.status_code == 403
        assert "văn thư, người tiếp nhận" in refused.content.decode()
    facts = [(entry.actor, entry.data["refused"], entry.data["case"], entry.data["why"]) for entry in security]
    who = f"user:{office.stranger.pk}"
    assert facts == [
        (who, "workflow:office-act", case.code, "Http404"), (who, "workflow:office-register", "", "PermissionDenied"),
    ]  # fmt: skip
