"""A case of the engine beside the same case in a second reading of the law, and what may be tried on it."""

from datetime import timedelta

from tests import appeals, lives
from tests.procedures import complaint_lodging, complaint_model, law_4_3, law_7
from tests.procedures.model import COMPLAINT_ENDS
from workflow import clock, engine
from workflow.ledger import chain


class File:
    """A case of the engine beside the same case in a second reading of the law.

    acts: what is tried on it
    by: who does what, for each act
    held_by: the appointments that carry each role
    """

    def __init__(self, world, case, law):
        self.world, self.case, self.law = world, case, law
        self.verified = None

    def who(self, act):
        """Return the person who does an act, by the name the tests give them."""
        role = self.by[act][0]
        return {"explainer": "head", "settler": "head", "verifier": "officer", "resolver": "superior"}.get(
            role, "requester" if role == "complainant" else role
        )

    def may(self, act, days):
        """Return whether the law allows an act today with these particulars."""
        return self.law.may(act) and self.law.fits(act, days)

    def fire(self, act, days):
        """Do an act in the engine."""
        actor = self.world.office.actor(self.who(act), self.case)
        engine.fire(self.case, act, actor=actor, **self.data(act, days))

    def offered(self, person):
        """Return which acts the engine offers to a person now, and which the law allows them."""
        offers = engine.available(self.case, self.world.office.actor(person, self.case), clock.now())
        allowed = {offer.rule.name for offer in offers if offer.allowed}
        held = {act for act, by in self.by.items() if any(person in self.held_by[role] for role in by)}
        return allowed & self.compared, {act for act in self.compared & held if self.law.may(act)}

    def agree(self):
        """Hold the case to its second reading."""
        case, law, today = type(self.case).objects.get(pk=self.case.pk), self.law, self.world.moment.date()
        assert case.state == law.state
        dues = [(one.rule, one.due_on) for one in case.clocks if one.state != "stopped"]
        assert sorted(dues, key=str) == self.dues()
        assert case.is_late(today) == law.late
        assert self.marks(case) == self.marks_by_law()
        if case.head != self.verified:
            assert chain.verify_case(case) == []
        self.verified = case.head

    def marks(self, case):
        """Return what the engine noted on the case beside its state and clocks."""
        return ()

    def marks_by_law(self):
        """Return what the law says of the same."""
        return ()


class RequestFile(File):
    """A request for explanation, moved by the acts of its own procedure."""

    by, held_by = law_4_3.BY, law_4_3.HELD_BY
    acts = sorted(set(law_4_3.SOURCES) - {"file", "provide_copy"})
    compared = set(acts) - {"complain_open"}

    def data(self, act, days):
        change = {"extend": {"days": days}, "complain_open": {"object": "silence"}}.get(act, {})
        return lives.given(self.case, act, **change)

    def dues(self):
        return sorted(self.law.dues.items(), key=str)


class RequestComplainedAbout(RequestFile):
    """The same, where the way to complain is to lodge a complaint."""

    acts = [*(act for act in RequestFile.acts if act not in {"complain", "complain_open", "note_complaint"}), "lodge"]
    compared = RequestFile.compared - COMPLAINT_ENDS

    def may(self, act, days):
        if act in COMPLAINT_ENDS and any(one.state in law_7.OPEN for one in self.law.complaints):
            return False  # its own decision acts on the request, and nobody else
        if act != "lodge":
            return super().may(act, days)
        return complaint_lodging.complainable(self.law, self.about(days)) and self.reading(days).fits("lodge", days)

    def about(self, days):
        """Return what a number complains about: more often than not what fits how the request ended."""
        fitting = {"refused": "refusal", "terminated": "termination"}.get(self.law.ended, "procedure")
        return (fitting, "procedure", "silence", fitting, "contents", "refusal", "termination")[days % 7]

    def who(self, act):
        return "requester" if act == "lodge" else super().who(act)

    def reading(self, days):
        """Return the first complaint that a number stands for, as the law sees it before it is lodged."""
        about, today = self.about(days), self.law.today
        return self.world.reading("first", self.law, about, days, complaint_lodging.known_first(self.law, about, today))

    def fire(self, act, days):
        if act == "lodge":
            self.world.lodge("complaint", self.reading(days), days, self.case, agency=self.world.office.agency)
        else:
            super().fire(act, days)


class ComplaintFile(File):
    """A complaint of either instance; its complainant goes further by lodging a second one."""

    held_by = law_7.HELD_BY

    def __init__(self, world, case, law):
        super().__init__(world, case, law)
        self.by = {act: by for _, act, by, _ in law_7.rows(law.instance)}
        further = {"appeal", "appeal_silence"} & set(self.by)
        self.acts = sorted(set(self.by) - {"lodge"} - further) + ["go_further"] * bool(further)
        self.compared = set(self.by) - {"lodge"}

    def may(self, act, days):
        if act != "go_further":
            return super().may(act, days)
        return (self.law.may("appeal") or self.law.may("appeal_silence")) and self.reading(days).fits("lodge", days)

    def who(self, act):
        return "requester" if act == "go_further" else super().who(act)

    def reading(self, days):
        """Return the second complaint that a number stands for, as the law sees it before it is lodged."""
        known = complaint_lodging.known_second(self.law, self.law.today)
        return self.world.reading("second", self.law.request, self.law.about, days, known, self.law)

    def fire(self, act, days):
        if act != "go_further":
            return super().fire(act, days)
        office, first = self.world.office, self.case
        self.world.lodge(
            "complaint_second", self.reading(days), days, first.attacked, agency=office.province, earlier=first
        )

    def data(self, act, days):
        case, day = self.case, self.world.moment.date() + timedelta(days=days)
        result, conclusion = complaint_model.outcome(days)
        wanted = [field for field in case.missing if field not in case.asked_for]
        told = appeals.given(case, act).get("recipients", []) if act in ("send", "send_notice_copies") else []
        change = {
            "request_supplement": {"fields": wanted or ["name"]},
            "send": {"recipients": [*told, *["sender"] * bool(case.sender)]},
            "send_notice_copies": {"recipients": [*told, *["sender"] * bool(case.sender)]},
            "report": {"differs": bool(days % 2)},
            "call_dialogue": {"held_on": day},
            "hold_dialogue": {"absent": ("with_reason", "nobody", "without_reason")[days % 3]},
            "decide": {"outcome": result, "conclusion": conclusion},
        }.get(act, {})
        return appeals.given(case, act, **change)

    def dues(self):
        return self.law.dues

    def marks(self, case):
        return case.late, case.in_force_on, case.suspended_from, bool(case.complexity)

    def marks_by_law(self):
        return self.law.was_late, self.law.effect, self.law.suspended_from, self.law.complex
