"""The form of an entry is fixed for ever, byte by byte, and says nothing about a person."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import lives
from workflow.ledger import canonical, chain, quick
from workflow.models import Disclosure, LogEntry

ENTRY = {
    "chain": "case:GT-2345-6789",
    "seq": 2,
    "at": canonical.instant(lives.local("2026-03-02 09:00")),
    "recorded_at": "2026-03-02T02:00:00.000001Z",
    "actor": "user:7",
    "appointment": "appointment:3",
    "on_behalf_of": "",
    "own_act": False,
    "transition": "accept",
    "source": "received",
    "target": "accepted",
    "law_version": "NĐ 59/2019/NĐ-CP",
    "data": {
        "capacity": "yes",
        "days": 15,
        "reason": {"commitment": "00ff"},
        "none": None,
        "text": 'Đ.5 "k.1"\n\u2028',
    },
    "prev": "ab" * 32,
}
BYTES = (
    b'\x01{"actor":"user:7","appointment":"appointment:3","at":"2026-03-02T02:00:00.000000Z","chain":"case:GT-2345-6789",'
    b'"data":{"capacity":"yes","days":15,"none":null,"reason":{"commitment":"00ff"},"text":"\xc4\x90.5 \\"k.1\\"\\n\xe2\x80\xa8"},'
    b'"law_version":"N\xc4\x90 59/2019/N\xc4\x90-CP","on_behalf_of":"","own_act":false,"prev":"'
    + b"ab" * 32
    + b'","recorded_at":"2026-03-02T02:00:00.000001Z","seq":2,"source":"received","target":"accepted","transition":"accept"}'
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_an_entry_has_these_bytes_and_this_hash():
    assert canonical.form(ENTRY) == BYTES
    assert canonical.digest(BYTES) == "024f551a1c7587090fba26ae5d4c312a92ba0077ff4e1d65ec43561019434171"


@given(VALUES)
def test_what_the_engine_writes_is_what_the_verifier_would(value):
    assert quick.encode(value) == canonical.encode(value)
    assert quick.form({"data": value}) == canonical.form({"data": value})


def test_a_commitment_has_this_value():
    assert (
        canonical.commitment(canonical.encode("Nguyễn Văn An"), "00" * 16)
        == "f4677a7021a6edbe1c1753ab129e3304cb02df5989d5b286e168c1bec2147dcf"
    )


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES, max_size=5))
def test_what_is_formed_is_read_back(entry):
    data = canonical.form(entry)
    assert canonical.parse(data) == entry
    assert canonical.form(canonical.parse(data)) == data


@pytest.mark.parametrize("data", [b"", b"\x02{}", b"{}", b"\x01", b"\x01{", b"\x01\xff", b'\x01{"a":1}x'])
def test_other_bytes_are_not_read(data):
    with pytest.raises(ValueError):  # noqa: PT011
        canonical.parse(data)


@pytest.mark.parametrize(
    "data",
    [b'\x01{"a": 1}', b'\x01{"b":1,"a":2}', b'\x01{"a":1,"a":2}', b'\x01{"a":"\\u0110"}', b"\x01[]", b'\x01{"a":NaN}'],
)
def test_bytes_of_another_shape_are_no_entry(data):
    """One entry has one form: what would be written otherwise is not accepted as it."""
    with pytest.raises(ValueError):  # noqa: PT011
        canonical.parse(data)


def test_numbers_that_have_no_one_form_are_not_written():
    with pytest.raises(ValueError):  # noqa: PT011
        canonical.form({"a": float("nan")})


PERSONAL = (
    "Nguyễn Văn An", "Thôn 1", "0900 0", "an@example.org", "thu hồi đất", "Đất của tôi", "Nằm viện", "ra viện", "Luật Đất đai",
    "Giải trình.", "RN123456789VN", "không đồng ý", "Rất tốt", "Người ", "Lê Thị Đại Diện", "Giấy ủy quyền 5",
    "Nội dung phức tạp", "123/QĐ-UBND", "tóm tắt quyết định", "Chủ tịch Ký",
)  # fmt: skip


@pytest.fixture
def whole_life(db):
    office = lives.Office()
    person = {
        **lives.filing(office.agency)["requester"],
        "email": "an@example.org",
        "representative": {"name": "Lê Thị Đại Diện", "kind": "authorised", "papers": "Giấy ủy quyền 5"},
    }
    case = lives.filed(
        office, "2026-10-05 09:00", requester=person, affects="Đất của tôi", questions=lives.TWO_QUESTIONS,
        decision={"number": "123/QĐ-UBND", "date": "2026-09-01", "issuer": "Chủ tịch Ký", "summary": "tóm tắt quyết định"},
    )  # fmt: skip
    for act, role in (
        ("accept", "head"),
        ("withdraw_part", "requester"),
        ("extend", "head"),
        ("suspend", "head"),
        ("resume", "head"),
        ("complain_open", "requester"),
        ("sign", "head"),
        ("send", "clerk"),
        ("record_receipt", "clerk"),
    ):
        lives.act(office, case, act, "2026-10-06 09:00", role)
    lives.act(office, case, "respond", "2026-10-07 09:00", "requester", comment="Rất tốt")
    lives.act(office, case, "complain", "2026-10-07 09:00", "requester")
    lives.act(office, case, "end_complaint", "2026-10-07 09:00", "superior")
    lives.act(office, case, "close", "2026-10-07 09:00", "officer")
    return case


def test_nothing_about_a_person_stands_in_the_log(whole_life):
    entries = LogEntry.objects.filter(chain=whole_life.chain)
    assert entries.count() == 14
    for entry in entries:
        text = bytes(entry.canonical).decode()
        columns = json.dumps(
            {f.attname: str(getattr(entry, f.attname)) for f in entry._meta.fields if f.attname != "canonical"},
            ensure_ascii=False,
        )
        assert [word for word in PERSONAL if word in text or word in columns] == []


def test_what_was_said_is_disclosed_beside_it_and_opens_its_commitment(whole_life):
    assert chain.verify_case(whole_life) == []
    said = " ".join(Disclosure.objects.values_list("value", flat=True))
    missing = [word for word in PERSONAL if word not in said and word not in ("Người ",)]
    assert missing == []
    one = Disclosure.objects.filter(name="requester.name").get()
    Disclosure.objects.filter(pk=one.pk).update(value='"Ai Khác"')
    assert [failure.seq for failure in chain.verify_case(whole_life)] == [1]


def test_an_erased_disclosure_leaves_the_chain_whole(whole_life):
    Disclosure.objects.all().delete()
    assert chain.verify_case(whole_life) == []


def test_two_entries_never_share_a_salt(whole_life):
    salts = list(Disclosure.objects.values_list("salt", flat=True))
    assert len(salts) == len(set(salts))
