"""A small second reading of who holds which power when, and who may therefore do what.

Written from the issue and the law file (1.3 to 1.7, 7.4, A19) alone: no import from `workflow` or `procedures`. People,
agencies and powers are plain names and numbers; a day is a date, and every power has a first and a last one.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.procedures import law_4_3

DAY = timedelta(days=1)
SYSTEM = ""
ALWAYS = date.max
ADMINISTRATOR, INSPECTOR, HEAD = "administrator", "inspector", "head"


class No(Exception):
    """What was asked is not lawful."""


@dataclass
class Power:
    """An appointment, or with a principal a delegation. by, under: who gave it and by which power; -1 for none."""

    holder: str
    role: str
    place: str
    first: date
    last: date
    by: str = ""
    under: int = -1
    principal: str = ""

    def on(self, day):
        return self.first <= day <= self.last

    @property
    def dead(self):
        return self.last < self.first

    def meets(self, first, last):
        return not self.dead and self.first <= last and first <= self.last


@dataclass
class World:
    """above: the superior of each agency, "" for the topmost; closed: people whose account is deactivated."""

    above: dict[str, str]
    today: date
    powers: list[Power] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    ended: dict[str, date] = field(default_factory=dict)
    coming: list[tuple] = field(default_factory=list)

    # who holds what ----------------------------------------------------------------------------------------------

    def chain(self, place):
        """Return an agency and everything above it."""
        found = []
        while place:
            found.append(place)
            place = self.above[place]
        return found

    def has(self, person, role, place, day):
        """Return whether somebody holds a power by an appointment of their own."""
        return person not in self.closed and any(
            (one.holder, one.role, one.place, one.principal) == (person, role, place, "") and one.on(day)
            for one in self.powers
        )

    def counts(self, one, day):
        """Return whether a power counts on a day: a delegation only while the principal holds the same."""
        lent = not one.principal or self.has(one.principal, one.role, one.place, day)
        return one.on(day) and one.holder not in self.closed and lent

    def held(self, person, day):
        """Return the powers of a person on a day: their own first, the older before the newer."""
        mine = [n for n, one in enumerate(self.powers) if one.holder == person and self.counts(one, day)]
        return sorted(mine, key=lambda n: (bool(self.powers[n].principal), n))

    def may(self, act, place, state):
        """Return who may do an act on a case of an agency today; nobody where its state does not allow the act."""
        if state not in law_4_3.SOURCES[act]:
            return set()
        here, over = set(), set()
        for role in law_4_3.BY[act]:
            here |= law_4_3.HELD_BY[role] - {"superior", "requester"}
            if "superior" in law_4_3.HELD_BY[role]:
                over.add(HEAD)
        return {
            one.holder
            for one in self.powers
            if self.counts(one, self.today)
            and ((one.place == place and one.role in here) or (one.place == self.above[place] and one.role in over))
        }

    def sees(self, place, role):
        """Return who holds a role that covers a subtree over an agency today: inspectors, administrators."""
        places = self.chain(place)
        return {
            one.holder
            for one in self.powers
            if one.role == role and one.place in places and self.counts(one, self.today)
        }

    # what may be given and ended ---------------------------------------------------------------------------------

    def origins(self, n, seen=None):
        """Return from whom a power comes."""
        seen = set() if seen is None else seen
        if n < 0 or n in seen:
            return set()
        seen.add(n)
        one = self.powers[n]
        found = {one.by} - {""} | self.origins(one.under, seen)
        if one.principal:
            found.add(one.principal)
            for m, own in enumerate(self.powers):
                if (own.holder, own.role, own.place, own.principal) == (one.principal, one.role, one.place, ""):
                    found |= self.origins(m, seen)
        return found

    def authority(self, by, place, receiver=None):
        """Return the administrator's power under which somebody acts at an agency; the system needs none."""
        if by == SYSTEM:
            return -1
        held = [n for n in self.held(by, self.today) if self.powers[n].role == ADMINISTRATOR]
        held = [n for n in held if self.powers[n].place in self.chain(place)]
        if not held:
            raise No("outside")
        if receiver is None:
            return held[0]
        free = [n for n in held if receiver not in self.origins(n)]
        if receiver == by or not free:
            raise No("comes back")
        return free[0]

    def appoint(self, by, person, role, place, first, last, under=-1):
        under = max(under, self.authority(by, place, person))
        self.sound(place, first, last, person)
        new = Power(person, role, place, first, last, by, under)
        self.only_one(new)
        self.powers.append(new)

    def delegate(self, by, principal, substitute, role, place, first, last):
        own = by == principal
        under = -1 if own else self.authority(by, place, substitute)
        if substitute == principal:
            raise No("to oneself")
        self.sound(place, first, last, principal, substitute)
        covering = [
            n
            for n, one in enumerate(self.powers)
            if (one.holder, one.role, one.place, one.principal) == (principal, role, place, "")
            and one.first <= first
            and last <= one.last
        ]
        if not covering or substitute in self.origins(covering[0]):
            raise No("not held, or comes back")
        new = Power(substitute, role, place, first, last, by, covering[0] if own or by == SYSTEM else under, principal)
        self.only_one(new)
        self.powers.append(new)

    def sound(self, place, first, last, *people):
        if self.closed & set(people) or last < first or last > self.ended.get(place, ALWAYS):
            raise No("closed, reversed, or at an agency that has ended")

    def only_one(self, new):
        same = (new.holder, new.role, new.place, new.principal)
        if any(
            (one.holder, one.role, one.place, one.principal) == same and one.meets(new.first, new.last)
            for one in self.powers
        ):
            raise No("held already")

    def end(self, by, n, on):
        """End an appointment or a delegation; `on` is its last day."""
        one = self.powers[n]
        if not (one.principal and by == one.principal):
            self.authority(by, one.place)
        if by and one.role == ADMINISTRATOR and not one.principal and not self.others(n, on + DAY):
            raise No("the last administrator")
        if one.last <= on:
            raise No("ends already")
        if on < min(self.today, one.first) and any(other.by and other.under == n for other in self.powers):
            raise No("used")
        one.last = on

    def others(self, n, day):
        """Return who else administers an agency by appointment on a day."""
        places = self.chain(self.powers[n].place)
        return [
            one
            for m, one in enumerate(self.powers)
            if m != n and one.role == ADMINISTRATOR and not one.principal and one.place in places
            and one.on(day) and one.holder not in self.closed
        ]  # fmt: skip

    def hand_over(self, by, person, successor, first):
        """Let a successor follow in every appointment; end every power of the person and every delegation of theirs."""
        was = deepcopy(self.powers)
        try:
            self._hand_over(by, person, successor, first)
        except No:
            self.powers = was
            raise

    def _hand_over(self, by, person, successor, first):
        kept = [self.powers[n].place for n in self.held(by, self.today) if self.powers[n].role == ADMINISTRATOR]
        mine = [
            n
            for n, one in enumerate(self.powers)
            if person in (one.holder, one.principal)
            and not one.dead
            and one.last >= self.today
            and set(kept) & set(self.chain(one.place))
        ]
        if not mine:
            raise No("nothing held")
        own = [n for n in mine if not self.powers[n].principal]
        for n in sorted(own, key=lambda n: (self.powers[n].first, n)):
            one = self.powers[n]
            if successor:
                self.appoint(by, successor, one.role, one.place, max(first, one.first), one.last)
        for n in [*(n for n in mine if n not in own), *sorted(own, key=lambda n: (self.powers[n].first, n))]:
            if self.powers[n].last > first - DAY:
                self.end(by, n, first - DAY)

    # agencies that succeed one another ---------------------------------------------------------------------------

    def succeed(self, place, heir, goes_on, first):
        """Plan that an agency ends and another takes over from a day; goes_on: whether a role does."""
        self.coming.append((first, place, heir, goes_on))

    def settle(self):
        """Let what has come take effect: powers end on the eve and go on at the successor; what stood under it moves."""
        for first, place, heir, goes_on in [one for one in self.coming if one[0] <= self.today]:
            since = max(first, self.today)
            there = [
                n for n, one in enumerate(self.powers) if one.place == place and not one.dead and one.last >= since
            ]
            there.sort(key=lambda n: (bool(self.powers[n].principal), n))
            held = {self.key(one) for one in self.powers if one.place == heir and not one.dead and one.last >= since}
            for n in there:
                one = self.powers[n]
                if goes_on(one.role) and self.key(one) not in held and self.go_on(n, heir, max(since, one.first)):
                    held.add(self.key(one))
            for n in reversed(there):
                self.end(SYSTEM, n, since - DAY)
            self.ended[place] = first - DAY
            self.above |= {child: heir for child, above in self.above.items() if above == place}
        self.coming = [one for one in self.coming if one[0] > self.today]

    def key(self, one):
        return (bool(one.principal), one.holder, one.role)

    def go_on(self, n, heir, first):
        one = self.powers[n]
        try:
            if one.principal:
                self.delegate(SYSTEM, one.principal, one.holder, one.role, heir, first, one.last)
            else:
                self.appoint(SYSTEM, one.holder, one.role, heir, first, one.last, under=n)
        except No:
            return False
        return True
