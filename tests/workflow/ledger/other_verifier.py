"""A second verifier of bundles, written from docs/ledger.md alone: it imports nothing of the program.

It is as plain as can be and shares no line with `workflow.ledger.verify`; where the two disagree, one of them or the
document is wrong.
"""

import base64
import hashlib
import json
import zipfile
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ed25519


class Wrong(Exception):
    """The bundle does not hold."""


def demand(condition, why):
    if not condition:
        raise Wrong(why)


def sha(data):
    return hashlib.sha256(data).digest()


# keys and notes


def public_key(line):
    name, key_id, rest = line.strip().split("+", 2)
    raw = base64.b64decode(rest, validate=True)
    demand(len(raw) == 33 and raw[0] in (1, 4), "key")
    demand(sha(name.encode() + b"\n" + raw)[:4].hex() == key_id, "key id")
    return name, bytes.fromhex(key_id), raw[0], ed25519.Ed25519PublicKey.from_public_bytes(raw[1:])


def signatures(note):
    text, _, lines = note.rpartition("\n\n")
    demand(text and note.endswith("\n"), "note")
    found = []
    for line in lines[:-1].split("\n"):
        demand(line.startswith("\u2014 "), "signature line")
        name, value = line[2:].split(" ")
        value = base64.b64decode(value, validate=True)
        found.append((name, value[:4], value[4:]))
    return text + "\n", found


def signed(note, key, *, strict=False):
    """Return whether the key has signed the note; strict: a false line in its name is an error."""
    name, key_id, kind, public = key
    text, lines = signatures(note)
    for who, which, value in lines:
        if (who, which) != (name, key_id):
            continue
        message = text.encode()
        if kind == 4:
            message = f"cosignature/v1\ntime {int.from_bytes(value[:8], 'big')}\n".encode() + message
            value = value[8:]
        try:
            public.verify(value, message)
            return True
        except Exception:
            demand(not strict, "a false cosignature")
    return False


def keys(root, notes):
    """Return the trusted keys, each with the sizes between which it is trusted."""
    chain = [[root, 0, float("inf")]]
    for note in notes:
        text, _ = signatures(note)
        origin, word, size, old, new, nothing = text.split("\n")
        demand(word == "handover" and nothing == "", "hand-over")
        old, new = public_key(old), public_key(new)
        if old[:3] != chain[-1][0][:3]:
            demand(len(chain) == 1, "hand-over by another key")
            continue
        demand(origin == old[0] and signed(note, old) and signed(note, new), "hand-over not signed")
        chain[-1][2] = int(size)
        chain.append([new, int(size), float("inf")])
    return chain


# the tree, as RFC 9162 defines it, from the top


def power_below(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root_of(hashes):
    if not hashes:
        return sha(b"")
    if len(hashes) == 1:
        return hashes[0]
    k = power_below(len(hashes))
    return sha(b"\x01" + root_of(hashes[:k]) + root_of(hashes[k:]))


def climbed(leaf, index, size, path):
    """Return the root to which a path leads."""
    if size == 1:
        demand(path == [], "path too long")
        return leaf
    demand(path, "path too short")
    k = power_below(size)
    if index < k:
        return sha(b"\x01" + climbed(leaf, index, k, path[:-1]) + path[-1])
    return sha(b"\x01" + path[-1] + climbed(leaf, index - k, size - k, path[:-1]))


def both_roots(old, size, proof, old_root, whole):
    """Return the roots of the older and the newer tree that a consistency proof leads to."""
    if old == size:
        if whole:
            demand(proof == [], "proof too long")
            return old_root, old_root
        demand(len(proof) == 1, "proof")
        return proof[0], proof[0]
    demand(proof, "proof too short")
    k = power_below(size)
    if old <= k:
        older, newer = both_roots(old, k, proof[:-1], old_root, whole)
        return older, sha(b"\x01" + newer + proof[-1])
    older, newer = both_roots(old - k, size - k, proof[:-1], old_root, False)
    return sha(b"\x01" + proof[-1] + older), sha(b"\x01" + proof[-1] + newer)


# the times

LAG, STEP = timedelta(minutes=15), timedelta(minutes=1)


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def extensions(lines):
    """Return when a checkpoint was signed, and what it says it follows, size and hash; None where it does not say."""
    demand(lines[-1] == "" and all(lines[:-1]), "an empty line in a checkpoint")
    at, after = None, None
    for line in lines[:-1]:
        word, _, rest = line.partition(" ")
        if word == "at":
            at = moment(rest)
        if word == "after":
            size, digest = rest.split(" ")
            after = int(size), base64.b64decode(digest, validate=True)
            demand(len(after[1]) == 32, "after")
    return at, after


def in_order(points):
    """Check that each checkpoint comes after the one before it, and may have been signed after it."""
    for (old, text, at, _), (size, _, later, after) in zip(points, points[1:], strict=False):
        demand(size >= old, "checkpoints out of order")
        if at is None:
            continue
        demand(later is not None and later >= at, "checkpoints out of time")
        if size > old:
            demand(after is not None and after[0] < size, "a checkpoint that follows none")
            demand(after[0] > old or after == (old, sha(text.encode())), "a checkpoint that follows another")


def recorded(text, leaf, points, latest):
    """Check when an entry says it was recorded; return the latest moment so far."""
    found = moment(text)
    covering = [at for size, _, at, _ in points if size > leaf and at]
    before = [at for size, _, at, _ in points if size <= leaf and at]
    demand(not covering or found <= covering[0] + STEP, "recorded later than it was sealed")
    demand(not before or found >= before[-1] - LAG, "recorded long before the log was sealed without it")
    demand(latest is None or found >= latest - LAG, "recorded long before the entry before it")
    return max(found, latest or found)


# the bundle


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def citations(value):
    if isinstance(value, dict):
        if "document" in value and "digest" in value:
            yield value["document"], value["digest"]
        for one in value.values():
            yield from citations(one)
    if isinstance(value, list):
        for one in value:
            yield from citations(one)


def verify(path, key, witnesses=()):
    """Raise Wrong, or whatever breaks first, unless the bundle holds."""
    with zipfile.ZipFile(path) as bundle:
        return check(bundle, key, witnesses)


def check(bundle, key, witnesses):
    def lines(name):
        return [json.loads(line) for line in bundle.read(name).splitlines()]

    manifest = json.loads(bundle.read("manifest.json"))
    demand(manifest["format"] == "giaitrinh-bundle/1" and manifest["tree"] in ("proofs", "whole"), "format")
    root_key = public_key(key)
    handovers = [one["note"] for one in lines("handovers.jsonl")] if "handovers.jsonl" in bundle.namelist() else []
    trusted = keys(root_key, handovers)
    points, times = [], []
    for one in lines("checkpoints.jsonl"):
        text = signatures(one["note"])[0]
        origin, size, root, *more = text.split("\n")
        size, root = int(size), base64.b64decode(root, validate=True)
        demand(origin == root_key[0], "another log")
        demand(any(lo <= size <= hi and signed(one["note"], k) for k, lo, hi in trusted), "checkpoint not signed")
        times.append((size, text, *extensions(more)))
        points.append((size, root, [bytes.fromhex(h) for h in one["proof"]], one["note"]))
    size, root, _, _ = points[-1]
    for old, old_root, proof, _ in points:
        demand(0 < old <= size, "size")
        demand(both_roots(old, size, proof, old_root, True) == (old_root, root), "not consistent")
    in_order(times)
    for witness in witnesses:
        seen = [signed(point[3], public_key(witness), strict=True) for point in points]
        demand(any(seen), "not cosigned")

    heads, latest, cited, leaves = {}, {}, [], []
    entries = lines("entries.jsonl")
    for one in entries:
        data = base64.b64decode(one["canonical"], validate=True)
        demand(sha(data).hex() == one["hash"], "hash")
        demand(data[:1] == b"\x01", "version")
        form = json.loads(data[1:])
        demand(canonical(form).encode() == data[1:], "form")
        demand((form["chain"], form["seq"]) == (one["chain"], one["seq"]), "place")
        seq, prev, leaf = heads.get(one["chain"], (0, "", -1))
        demand(form["seq"] == seq + 1 and form["prev"] == prev and one["leaf"] > leaf, "link")
        order = "the tree" if manifest["tree"] == "whole" else one["chain"]
        latest[order] = recorded(form["recorded_at"], one["leaf"], times, latest.get(order))
        heads[one["chain"]] = form["seq"], one["hash"], one["leaf"]
        leaves.append((one["leaf"], sha(b"\x00" + bytes.fromhex(one["hash"]))))
        names = [each["name"] for each in one["disclosures"]]
        demand(len(names) == len(set(names)), "disclosed twice")
        for each in one["disclosures"]:
            at = form["data"]
            for step in each["name"].split("."):
                at = at[int(step)] if isinstance(at, list) else at[step]
            demand(
                sha(b"\x01" + bytes.fromhex(each["salt"]) + each["value"].encode()).hex() == at["commitment"],
                "disclosure",
            )
        cited += citations(form["data"])
    if manifest["tree"] == "whole":
        demand([index for index, _ in leaves] == list(range(size)), "leaves")
        demand(root_of([leaf for _, leaf in leaves]) == root, "root")
    else:
        proofs = lines("proofs.jsonl")
        demand(len(proofs) == len(leaves), "proofs")
        for (index, leaf), proof in zip(leaves, proofs, strict=True):
            demand(proof["leaf"] == index < size, "proof of another leaf")
            demand(climbed(leaf, index, size, [bytes.fromhex(h) for h in proof["path"]]) == root, "not included")

    known = {}
    documents = lines("documents.jsonl")
    for one in documents:
        known[one["document"]] = one["digest"]
        if one.get("withheld"):
            continue
        fields = {name: one[name] for name in ("kind", "number", "date", "summary", "body", "file")}
        demand(sha(b"\x01" + canonical(fields).encode()).hex() == one["digest"], "document")
        if one["file"]:
            demand(sha(bundle.read(f"files/{one['file']}")).hex() == one["file"], "file")
    for document, digest in cited:
        demand(known.get(document) == digest, "cited document")
    demand((manifest["entries"], manifest["documents"]) == (len(entries), len(documents)), "count")
    return len(entries)
