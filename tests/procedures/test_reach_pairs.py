"""A request and the complaints about it, ended in every way: each stands where the law leaves it, and none is a trap."""

import pytest

from tests.procedures import law_7
from tests.procedures.explorations import Pairs, explored_by

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def pairs(django_db_setup, django_db_blocker):
    yield from explored_by(Pairs, django_db_blocker)


UPHELD = {
    # how the request stood, what was attacked: where it stands once the complaint is upheld (A21)
    ("refused", "refusal"): "received",
    ("terminated", "termination"): "accepted",
    ("sent", "procedure"): "accepted",
    ("closed", "procedure"): "accepted",
}


def test_a_request_stands_where_the_ends_of_its_complaints_leave_it(pairs):
    for stood, state, complaints in pairs.situations:
        (about, *_), *_ = complaints
        upheld = any(outcome in ("cancel", "amend") for _, _, outcome in complaints) and UPHELD.get((stood, about))
        if upheld or stood == "received":
            assert state == (upheld or stood), complaints
        elif complaints[-1][1] in law_7.OPEN:
            assert state == "appealed", complaints
        elif complaints[-1][1] == "superseded":  # before the court, or by its judgment
            assert state in {"appealed", stood, *UPHELD.values()}, complaints
        else:
            assert state == stood, complaints


def test_nobody_ends_a_complaint_by_hand_while_one_is_open(pairs):
    by_hand = [(before, name) for before, name, _ in pairs.moves if name in pairs.BY_HAND]
    assert {name for _, name in by_hand} == set(pairs.BY_HAND)
    assert {complaints[-1][1] for (_, _, complaints), _ in by_hand} == {"superseded"}


def test_no_request_stays_under_complaint_for_ever(pairs):
    free = {one for one in pairs.situations if one[1] != "appealed"}
    while more := {a for a, _, b in pairs.moves if b in free} - free:
        free |= more
    assert pairs.situations - free == set()


def test_a_complaint_ends_in_every_way_at_both_instances(pairs):
    ends = {(len(before[2]), name) for before, name, _ in pairs.moves if name not in pairs.BY_HAND}
    ways = {"not_accept", "withdraw", "terminate", "keep", "cancel", "amend"}
    assert ends == {*((n, way) for n in (1, 2) for way in ways), (1, "go_further"), (2, "sue_silence")}
