"""Disclosed values against commitments: what is seen at once is what is found name by name, and nothing besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.ledger import canonical, openings

SALT = "5a" * canonical.SALT_BYTES


def committed(value):
    return {"commitment": canonical.commitment(canonical.encode(value), SALT)}


def row(name, value, salt=SALT):
    return (1, name.encode(), salt.encode(), canonical.encode(value).encode())


def together(values):
    """Return what is disclosed of an entry as one row of the database."""
    return (
        1,
        len(values),
        *(openings.BETWEEN.join(column) for column in zip(*[one[1:] for one in values], strict=True)),
    )


def seen(*told):
    """Return which of some entries, given by their data and rows, are seen to be open at once."""
    entries = [(n, canonical.encode(data).encode(), together(values)) for n, (data, values) in enumerate(told)]
    closed = set(openings.closed(entries))
    return [place not in closed for place in range(len(told))]


def both(data, values):
    """Return whether an entry is seen to be open at once, and whether it is found so name by name."""
    return seen((data, values))[0], not list(openings.unopened(data, values))


@pytest.fixture(autouse=True)
def nothing_learnt(monkeypatch):
    monkeypatch.setattr(openings, "_shapes", {})


DATA = {
    "actor_name": committed("An"),
    "law": 'Đ.4 "}{" \\ %b',
    "questions": [{"kind": "a", "text": committed(n)} for n in range(12)],
    "requester": {"address": committed("Thôn 2"), "name": committed("Bé"), "phone": ""},
    "100%": committed("all"),
}
VALUES = [
    row("100%", "all"),
    row("actor_name", "An"),
    *[row(f"questions.{n}.text", n) for n in (0, 1, 10, 11, *range(2, 10))],  # as a database sorts them
    row("requester.address", "Thôn 2"),
    row("requester.name", "Bé"),
]


def test_what_opens_is_seen_at_once():
    assert both(DATA, VALUES) == (True, True)
    assert both(DATA, VALUES[1:2]) == (True, True)


@pytest.mark.parametrize(
    "values",
    [
        [row("actor_name", "Ai")],
        [row("actor_name", "An", "00" * 16)],
        [row("actor_name", "An", "no salt")],
        [row("name", "Bé")],
        [row("requester", "Bé")],
        [row("requester.actor_name", "An")],
        [row("requester.name.commitment", "Bé")],
        [row("requester.name", "Thôn 2"), row("requester.address", "Bé")],
        [row("questions.1.text", 0)],
        [row("questions.0.text", 0), row("questions.1.text", 2)],
        [row("questions.12.text", 0)],
        [row("law", "x")],
        [row("", "An")],
        [row('requester"."name', "Bé")],
    ],
)
def test_what_does_not_open_is_never_seen_as_open(values):
    assert both(DATA, values) == (False, False)


@pytest.mark.parametrize(
    "values",
    [
        [row("questions.1.text", 1)],  # its neighbour was erased
        [row("actor_name", "An"), row("actor_name", "An")],
    ],
)
def test_what_is_unusual_is_left_to_the_second_look(values):
    assert both(DATA, values) == (False, True)


def test_when_enough_shapes_are_known_the_rest_is_left_to_the_second_look(monkeypatch):
    monkeypatch.setattr(openings, "SHAPES", 1)
    assert seen((DATA, VALUES[1:2]), (DATA, VALUES)) == [True, False]
    assert len(openings._shapes) == 1


def test_of_entries_alike_only_those_that_do_not_open_are_left_to_the_second_look():
    other = {"actor_name": committed("Ba"), "law": "Đ.5"}
    an, ba = row("actor_name", "An"), row("actor_name", "Ba")
    told = [(DATA, [an]), (other, [an]), (other, [ba]), (DATA, VALUES), (other, [row("law", "Đ.5")]), (DATA, [ba])]
    assert seen(*told) == [True, False, True, True, False, False]


TWO = {"a": committed("x"), "b": committed("y")}
A, B = row("a", "x"), row("b", "y")


@pytest.mark.parametrize(
    "values",
    [
        [(1, b"a" + openings.BETWEEN + b"b", A[2] + openings.BETWEEN + B[2], A[3] + openings.BETWEEN + B[3])],
        [(1, b"a" + openings.BETWEEN + b"b", A[2], A[3]), (1, b"", B[2], B[3])],
        [(*A[:3], A[3] + openings.BETWEEN + B[3]), (*B[:3], b"")],
        [(*A[:2], A[2] + openings.BETWEEN + B[2], A[3]), (*B[:2], b"", B[3])],
        [(*A[:2], A[2][:-2], A[3]), (*B[:2], A[2][-2:] + B[2], B[3])],
        [(*A[:3], A[3][:-1]), (*B[:3], A[3][-1:] + B[3])],
    ],
    ids=["one row", "names", "values", "salts", "a salt's end", "a value's end"],
)
def test_rows_are_told_apart_whatever_they_hold(values):
    assert both(TWO, [A, B]) == (True, True)
    assert both(TWO, values) == (False, False)
    assert seen((TWO, [A, B]), (TWO, values), (TWO, [A, B])) == [True, False, True]


KEYS = st.sampled_from(["a", "b", "commitment", "0", "1", "x.y", "%s"])
LEAVES = st.sampled_from([committed(n) for n in range(3)] + ["", None, 7])
DATAS = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(KEYS, inside, max_size=3), max_leaves=6),
)  # fmt: skip
PATHS = st.lists(KEYS, min_size=1, max_size=3).map(".".join)


def paths(data, before=()):
    """Yield each path at which a commitment stands, with its number."""
    if data in [committed(n) for n in range(3)]:
        yield ".".join(before), [committed(n) for n in range(3)].index(data)
    elif isinstance(data, dict | list):
        for step, one in data.items() if isinstance(data, dict) else enumerate(data):
            yield from paths(one, (*before, str(step)))


@given(DATAS, st.lists(st.tuples(PATHS, st.integers(0, 2)), max_size=3), st.randoms())
def test_nothing_is_seen_as_open_that_is_not(data, others, random):
    named = [row(*one) for one in [*(one for one in paths(data) if random.random() < 0.8), *others]]
    random.shuffle(named)
    if named:
        at_once, by_name = both(data, named)
        assert by_name or not at_once
