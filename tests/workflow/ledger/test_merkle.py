"""The tree is that of RFC 6962 and RFC 9162: known answers, and a naive recursive implementation agrees on any tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.ledger import merkle

LEAVES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = (
    # leaf, size, the path of the reference tree of Certificate Transparency
    (0, 1, []),
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
)  # fmt: skip
CONSISTENCY = (
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
)  # fmt: skip


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size):
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSION)
def test_known_inclusion_proofs(leaf, size, path):
    proof = merkle.inclusion_proof(LEAVES[:size], leaf)
    assert [one.hex() for one in proof] == path
    assert merkle.is_included(merkle.leaf_hash(LEAVES[leaf]), leaf, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "size", "path"), CONSISTENCY)
def test_known_consistency_proofs(old, size, path):
    proof = merkle.consistency_proof(LEAVES[:size], old)
    assert [one.hex() for one in proof] == path
    assert merkle.is_consistent(old, bytes.fromhex(ROOTS[old]), size, bytes.fromhex(ROOTS[size]), proof)


# the definitions of RFC 9162, 2.1.1, 2.1.3.1 and 2.1.4.1, word for word and as slow as they read ------------------


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(d):
    if len(d) == 0:
        return hashlib.sha256(b"").digest()
    if len(d) == 1:
        return hashlib.sha256(b"\x00" + d[0]).digest()
    k = split(len(d))
    return hashlib.sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m, d):
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*path(m, d[:k]), mth(d[k:])] if m < k else [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m, d, whole):
    if m == len(d):
        return [] if whole else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], whole), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


TREES = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


@given(TREES, st.data())
def test_any_tree_has_the_root_and_proofs_of_the_definition(leaves, data):
    leaf = data.draw(st.integers(0, len(leaves) - 1))
    old = data.draw(st.integers(1, len(leaves)))
    assert merkle.root(leaves) == mth(leaves)
    assert merkle.inclusion_proof(leaves, leaf) == path(leaf, leaves)
    assert merkle.consistency_proof(leaves, old) == subproof(old, leaves, True)


@given(TREES, st.data())
def test_a_proof_shows_its_own_leaf_in_its_own_place_and_nothing_else(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = merkle.inclusion_proof(leaves, index), merkle.root(leaves)
    leaf = merkle.leaf_hash(leaves[index])
    assert merkle.is_included(leaf, index, len(leaves), proof, root)
    assert not merkle.is_included(leaf, index, len(leaves), [*proof, b"\x00" * 32], root)
    assert not merkle.is_included(merkle.leaf_hash(leaves[index] + b"x"), index, len(leaves), proof, root)
    assert not merkle.is_included(leaf, index, len(leaves), proof, merkle.leaf_hash(root))
    if proof:
        assert not merkle.is_included(leaf, index, len(leaves), proof[:-1], root)
        wrong = data.draw(st.integers(0, len(proof) - 1))
        changed = [merkle.leaf_hash(one) if n == wrong else one for n, one in enumerate(proof)]
        assert not merkle.is_included(leaf, index, len(leaves), changed, root)
    if other != index and mth(leaves[: other + 1]) != mth(leaves[: index + 1]) and leaves[other] != leaves[index]:
        assert not merkle.is_included(leaf, other, len(leaves), proof, root)


@given(TREES, st.data())
def test_only_an_extension_is_consistent(leaves, data):
    old = data.draw(st.integers(1, len(leaves)))
    proof, root = merkle.consistency_proof(leaves, old), merkle.root(leaves)
    assert merkle.is_consistent(old, mth(leaves[:old]), len(leaves), root, proof)
    forged = [*leaves[: old - 1], leaves[old - 1] + b"x"]
    assert not merkle.is_consistent(old, mth(forged), len(leaves), root, proof)
    assert not merkle.is_consistent(old, mth(leaves[:old]), len(leaves), mth([*leaves, b"x"]), proof)
    assert not merkle.is_consistent(old, mth(leaves[:old]), len(leaves), root, [*proof, root])
    assert not merkle.is_consistent(len(leaves) + 1, mth(leaves[:old]), len(leaves), root, proof)
    if proof:
        assert not merkle.is_consistent(old, mth(leaves[:old]), len(leaves), root, proof[1:])


@given(TREES, st.integers(0, 69))
def test_a_frontier_goes_on_where_it_stood(leaves, cut):
    cut = min(cut, len(leaves))
    before = merkle.Frontier()
    for leaf in leaves[:cut]:
        before.push(merkle.leaf_hash(leaf))
    assert before.root() == mth(leaves[:cut])
    after = merkle.Frontier(before.size, before.peaks)
    for leaf in leaves[cut:]:
        after.push(merkle.leaf_hash(leaf))
    assert (after.size, after.root()) == (len(leaves), mth(leaves))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="no leaf 3"):
        merkle.inclusion_proof(LEAVES[:3], 3)
    with pytest.raises(ValueError, match="cannot extend"):
        merkle.consistency_proof(LEAVES[:3], 4)
    with pytest.raises(ValueError, match="cannot extend"):
        merkle.consistency_proof(LEAVES[:3], 0)
    with pytest.raises(ValueError, match="2 peaks, not 1"):
        merkle.Frontier(3, [b""])
    assert merkle.is_consistent(0, merkle.EMPTY, 3, merkle.root(LEAVES[:3]), [])
    assert not merkle.is_included(b"", 3, 3, [], b"")
