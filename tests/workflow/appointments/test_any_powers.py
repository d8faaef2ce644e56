"""After whatever was appointed, delegated, handed over and ended: who may do what is what a second reading says."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import lives
from tests.procedures import law_4_3
from tests.workflow.appointments.model import ADMINISTRATOR, ALWAYS, INSPECTOR, No, Power, World
from workflow import appointments, clock, engine, errors, permissions
from workflow.agencies import moving
from workflow.agencies.models import Change, Succession
from workflow.appointments.errors import PowerRefused
from workflow.clock import LEGAL_ZONE
from workflow.ledger import audit
from workflow.models import Agency, Appointment, Delegation, User

pytestmark = pytest.mark.django_db

FIRST = date(2026, 10, 5)
ABOVE = {"tinh": "", "xa-tan-hoa": "tinh", "xa-khac": "tinh", "phong": "xa-tan-hoa"}
PLACES = ("xa-tan-hoa", "xa-tan-hoa", "xa-khac", "tinh", "phong")
PEOPLE = ("an", "binh", "chi", "dung", "giang", "hoa")
ROLES = ("head", "head", "explainer", "receiver", "clerk", "officer", ADMINISTRATOR, ADMINISTRATOR, INSPECTOR)
INSTALLED = (
    ("an", ADMINISTRATOR, "tinh"), ("binh", ADMINISTRATOR, "xa-tan-hoa"), ("chi", "head", "xa-tan-hoa"),
    ("dung", "head", "xa-khac"), ("giang", "officer", "xa-tan-hoa"), ("hoa", INSPECTOR, "tinh"),
)  # fmt: skip
GOES = {"all": lambda role: True, "staff": lambda role: role != "head", "none": lambda role: False}
SPANS = st.tuples(st.sampled_from([-2, 0, 0, 0, 1, 3]), st.sampled_from([None, None, 8, 8, 3, 1, 0, -1]))
DAYS = st.integers(-2, 6)
giver = st.sampled_from(["an", "an", "an", "binh", "binh", *PEOPLE])
who, role_, place = st.sampled_from(PEOPLE), st.sampled_from(ROLES), st.sampled_from(PLACES)


class AnyPowers(RuleBasedStateMachine):
    @initialize()
    def found(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        office = lives.Office()
        lives.agency("phong", "Phòng", "department", office.agency)
        self.cases = {
            (slug, state): lives.brought(office, state, "2026-10-01 09:00")
            for slug, state in (("xa-tan-hoa", "received"), ("xa-tan-hoa", "accepted"), ("xa-tan-hoa", "appealed"))
        }
        self.people = {name: User.objects.create(username=name, full_name=f"Người {name}") for name in PEOPLE}
        self.rows, self.moment = [], datetime.combine(FIRST, time(9), LEGAL_ZONE)
        self.world = World(dict(ABOVE), FIRST)
        for name, role, slug in INSTALLED:
            self.rows.append(self.installed(name, role, slug))
            self.world.powers.append(Power(name, role, slug, date(2020, 1, 1), ALWAYS))
        # those of the office itself keep their powers; the second reading does not speak of them
        self.others = set(User.objects.exclude(username__in=PEOPLE).values_list("username", flat=True))
        Appointment.objects.filter(user__username__in=self.others, role=ADMINISTRATOR).update(ends_on=date(2026, 10, 1))

    def installed(self, name, role, slug):
        return Appointment.objects.create(
            user=self.people[name], agency=self.at(slug), role=role, decision="1", starts_on=date(2020, 1, 1)
        )

    def at(self, slug):
        return Agency.objects.get(slug=slug)

    def span(self, span):
        start, length = span
        first = self.world.today + timedelta(days=start)
        return first, None if length is None else first + timedelta(days=length)

    def both(self, what, lawful, act):
        """Do it in both readings; they must agree whether it may be done."""
        try:
            lawful()
        except No as no:
            allowed, why = False, str(no)
        else:
            allowed, why = True, ""
        note(f"{self.moment:%m-%d %H:%M} {what}: {why or 'yes'}")
        with clock.simulated(self.moment):
            try:
                made = act()
            except PowerRefused as refused:
                assert not allowed, f"{what}: {refused.code}"  # noqa: PT017
            else:
                assert allowed, f"{what} was not lawful: {why}"
                if isinstance(made, Appointment | Delegation) and what[0] in ("appoint", "delegate"):
                    self.rows.append(made)

    @rule(by=giver, person=who, role=role_, slug=place, span=SPANS)
    def appoint(self, by, person, role, slug, span):
        first, last = self.span(span)
        self.both(
            ("appoint", by, person, role, slug, first, last),
            lambda: self.world.appoint(by, person, role, slug, first, last or ALWAYS),
            lambda: appointments.appoint(
                self.people[person],
                self.at(slug),
                role,
                by=self.people[by],
                decision="2",
                starts_on=first,
                ends_on=last,
            ),
        )

    @rule(by=giver, own=st.sampled_from([True, True, False]), pick=st.integers(0, 99), substitute=who, span=SPANS)
    def delegate(self, by, own, pick, substitute, span):
        """Mostly the holder lends what they hold."""
        held = self.world.powers[pick % len(self.world.powers)]
        first, last = self.span(span)
        last = last or first + timedelta(days=6)
        by = held.holder if own else by
        self.both(
            ("delegate", by, held.holder, substitute, held.role, held.place, first, last),
            lambda: self.world.delegate(by, held.holder, substitute, held.role, held.place, first, last),
            lambda: appointments.delegate(
                self.people[held.holder], self.people[substitute], self.at(held.place), held.role,
                by=self.people[by], document="3", starts_on=first, ends_on=last,
            ),
        )  # fmt: skip

    @rule(by=giver, own=st.booleans(), pick=st.integers(0, 99), on=DAYS)
    def end(self, by, own, pick, on):
        n = pick % len(self.rows)
        row, last = self.rows[n], self.world.today + timedelta(days=on)
        if own and isinstance(row, Delegation):
            by = row.principal.username
        ending = {"by": self.people[by], "on": last}
        self.both(
            ("end", by, n, last),
            lambda: self.world.end(by, n, last),
            lambda: (
                appointments.revoke(row, document="4", **ending)
                if isinstance(row, Delegation)
                else appointments.end(row, decision="4", **ending)
            ),
        )

    @rule(by=giver, person=who, successor=st.sampled_from([*PEOPLE, ""]), on=st.integers(0, 4))
    def hand_over(self, by, person, successor, on):
        first = self.world.today + timedelta(days=on)
        known = {row.pk for row in self.rows if isinstance(row, Appointment)}
        held = Appointment.objects.filter(user=self.people[person])
        with clock.simulated(self.moment):
            paths = permissions.administered(self.people[by], self.moment)
        self.both(
            ("hand over", by, person, successor, first),
            lambda: self.world.hand_over(by, person, successor, first),
            lambda: appointments.hand_over(
                self.people[person], by=self.people[by], paths=paths, decision="5", from_on=first,
                successors={one.pk: self.people[successor] for one in held} if successor else {},
            ),
        )  # fmt: skip
        self.rows += Appointment.objects.filter(user__username__in=PEOPLE).exclude(pk__in=known).order_by("pk")

    @precondition(lambda self: not self.world.coming and not self.world.ended)
    @rule(
        pair=st.sampled_from([("xa-tan-hoa", "xa-khac"), ("xa-khac", "xa-tan-hoa")]),
        goes=st.sampled_from(list(GOES)),
        on=st.integers(0, 3),
    )
    def succeed(self, pair, goes, on):
        """One agency is merged into the other from a day, by a confirmed decision; its powers go on, or only some."""
        (place_, heir), first = pair, self.world.today + timedelta(days=on)
        note(f"{self.moment:%m-%d %H:%M} {place_} goes into {heir} on {first:%m-%d}, {goes}")
        self.world.succeed(place_, heir, GOES[goes], first)
        by = User.objects.get(username="superior")
        decided = Succession.objects.create(
            kind=Succession.Kind.MERGED, decision="6", dated_on=FIRST, effective_on=first, state="accepted",
            proposed_by=by, proposed_at=self.moment,
        )  # fmt: skip
        Change.objects.create(
            succession=decided, agency=self.at(place_), successor=self.at(heir), powers=goes, ends=True
        )
        self.settle()

    def settle(self):
        """Let what has come take effect, as the background worker does every minute."""
        self.world.settle()
        known = [{row.pk for row in self.rows if isinstance(row, kind)} for kind in (Appointment, Delegation)]
        with clock.simulated(self.moment):
            moving.settle(self.moment)
        mine = ({"user__username__in": PEOPLE}, {"substitute__username__in": PEOPLE})
        for model, whose, seen in zip((Appointment, Delegation), mine, known, strict=True):
            self.rows += model.objects.filter(**whose).exclude(pk__in=seen).order_by("pk")
        for (slug, state), case in list(self.cases.items()):
            case.refresh_from_db()
            self.cases[case.agency.slug, state] = self.cases.pop((slug, state))

    @rule(person=st.sampled_from(PEOPLE[2:]))
    def close_or_open_an_account(self, person):
        self.world.closed ^= {person}
        User.objects.filter(pk=self.people[person].pk).update(is_active=person not in self.world.closed)
        self.people[person].refresh_from_db()

    @rule(days=st.sampled_from([0, 0, 1, 2, 5]), hour=st.sampled_from([time(0), time(9), time(23, 59)]))
    def time_passes(self, days, hour):
        later = datetime.combine(self.world.today + timedelta(days=days), hour, LEGAL_ZONE)
        if later > self.moment:
            self.moment, self.world.today = later, later.date()
            self.settle()

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def the_same_people_may_do_the_same(self):
        with clock.simulated(self.moment):
            for (slug, state), case in self.cases.items():
                offers = {
                    name: {one.rule.name: one for one in engine.available(case, user)}
                    for name, user in self.people.items()
                }
                for act in offers["an"]:
                    lawful = self.world.may(act, slug, state)
                    assert self.granted(offers, act, state) == lawful, (act, slug, state)
                    can = {name for name in PEOPLE if offers[name][act].allowed}
                    assert can in (set(), lawful), (act, slug, state)
            for slug in ABOVE:
                agency = self.at(slug)
                for kind, ask in ((INSPECTOR, permissions.inspected), (ADMINISTRATOR, permissions.administered)):
                    over = {
                        name
                        for name, user in self.people.items()
                        if any(agency.path.startswith(path) for path in ask(user, self.moment))
                    }
                    assert over == self.world.sees(slug, kind), (slug, kind)

    def granted(self, offers, act, state):
        """Return whom neither scope nor role keeps from an act that the state allows."""
        if state not in law_4_3.SOURCES[act]:
            return set()
        outside = (errors.OutOfScope, errors.WrongRole)
        return {name for name in PEOPLE if not isinstance(offers[name][act].refusal, outside)}

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def every_power_stands_as_it_was_given(self):
        for row, power in zip(self.rows, self.world.powers, strict=True):
            row.refresh_from_db()
            assert (row.starts_on, row.ends_on or ALWAYS) == (power.first, power.last), (row, power)

    def teardown(self):
        if hasattr(self, "savepoint"):
            assert audit.check().failures == []
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)


@pytest.mark.slow
def test_who_may_do_what_is_what_a_second_reading_says():
    run_state_machine_as_test(
        AnyPowers,
        settings=settings(
            max_examples=15,
            derandomize=True,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            phases=[Phase.generate],
        ),
    )
