"""Signed notes, checkpoints and cosignatures in the C2SP forms (signed-note, tlog-checkpoint, tlog-cosignature).

A checkpoint is three lines: the log's origin, the size of the tree, its root in base64. A signed note is a text, an
empty line, and one line per signature: "— name base64(key id, signature)". The log signs the text by Ed25519 (RFC
8032); a witness signs it together with the time it saw it.

Standard library and `cryptography` only: the offline verifier and the witness use this module too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG, WITNESS = 0x01, 0x04
"""Kinds of keys: Ed25519 over the text, and Ed25519 over the text with the time (cosignature/v1)."""
_DASH = "— "


class NoteError(ValueError):
    """A note, checkpoint or key does not have its form; the sentence says what is wrong."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with the name it signs under and the kind of signature it gives."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Return the four bytes by which a signature line names its key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the key in one line: name, key id, kind and key."""
        key = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def parse(cls, line: str) -> Verifier:
        """Return the key of a line.

        Raises NoteError if it has another form.
        """
        parts = line.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteError("a public key is written name+id+key on one line")
        try:
            data = base64.b64decode(parts[2], validate=True)
        except (ValueError, binascii.Error):
            raise NoteError("the public key is not in base64") from None
        if len(data) != 33 or data[0] not in (LOG, WITNESS):
            raise NoteError("the public key is neither of a log (01) nor of a witness (04) by Ed25519")
        found = cls(_name(parts[0]), data[0], data[1:])
        if found.key_id.hex() != parts[1]:
            raise NoteError("the id of the public key does not belong to it")
        return found

    def holds(self, text: str, signature: bytes) -> bool:
        """Return whether a signature is this key's over a note's text; a witness's begins with eight bytes of time."""
        signed = text.encode()
        if self.kind == WITNESS:
            if len(signature) != 72:
                return False
            signed, signature = _cosigned(text, int.from_bytes(signature[:8], "big")), signature[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """Return the line."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}"

    @property
    def time(self) -> int:
        """Return when a witness says it saw the note, in seconds since 1970; for witnesses' lines alone."""
        return int.from_bytes(self.value[:8], "big")


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures, read but not yet checked."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """Return the note as it is written."""
        return self.text + "\n" + "".join(f"{one}\n" for one in self.signatures)

    @classmethod
    def parse(cls, note: str) -> Note:
        """Return a note's text and signatures.

        Raises NoteError if it has another form.
        """
        text, mark, lines = note.rpartition("\n\n")
        if not mark or not note.endswith("\n") or not lines.strip():
            raise NoteError("a signed note is a text, an empty line and signatures")
        return cls(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))

    def signed_by(self, key: Verifier) -> Signature | None:
        """Return this key's signature, if there is one and it holds."""
        own = (one for one in self.signatures if (one.name, one.key_id) == (key.name, key.key_id))
        return next((one for one in own if key.holds(self.text, one.value)), None)

    def with_signatures(self, more: Iterable[Signature]) -> Note:
        """Return the note with further signatures; the same line stands once."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one moment: how many leaves it has and the root over them.

    at: when it was signed, as the entries write moments; after: size and SHA-256 of the checkpoint before. Both stand
    in lines of extension, and are absent from checkpoints of a log that does not write them.
    """

    origin: str
    size: int
    root: bytes
    at: str = ""
    after: tuple[int, bytes] | None = None

    def __str__(self) -> str:
        """Return the text that is signed."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        if self.at:
            lines.append(f"at {self.at}")
        if self.after:
            lines.append(f"after {self.after[0]} {base64.b64encode(self.after[1]).decode()}")
        return "".join(f"{line}\n" for line in lines)

    @property
    def moment(self) -> datetime | None:
        """Return when it was signed, None if it does not say."""
        return datetime.fromisoformat(self.at) if self.at else None

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Return the checkpoint of a note's text; lines of extension that are not ours are passed over.

        Raises NoteError if it has another form.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise NoteError("a checkpoint has three lines: origin, size and root, and no empty one")
        more = dict(line.split(" ", 1) for line in lines[3:-1] if line.startswith(("at ", "after ")))
        if (at := more.get("at", "")) and not _INSTANT.fullmatch(at):
            raise NoteError(f"{at!r} is not when a checkpoint is signed")
        size, mark, digest = more.get("after", "").partition(" ")
        after = (_size(size), _hash(digest, "the digest of the checkpoint before")) if mark else None
        return cls(lines[0], _size(lines[1]), _hash(lines[2], "the root of a checkpoint"), at, after)


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or (text.startswith("0") and text != "0"):
        raise NoteError(f"the size of a checkpoint is a whole number, not {text!r}")
    return int(text)


def _hash(text: str, what: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise NoteError(f"{what} is not in base64") from None
    if len(found) != 32:
        raise NoteError(f"{what} is not 32 bytes")
    return found


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name it signs under."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """Return the public half."""
        return Verifier(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def sign(self, text: str, *, time: int | None = None) -> Signature:
        """Return this key's signature line over a note's text.

        time: when a witness saw it, in seconds since 1970; a log's key takes none
        Raises ValueError if a time is missing or out of place, NoteError if the text cannot be a note's.
        """
        if not text.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in text):
            raise NoteError("the text of a note ends with a line's end and holds no control characters")
        if (time is None) == (self.kind == WITNESS):
            raise ValueError("a witness signs with the time, a log without")
        value = self.private.sign(text.encode() if time is None else _cosigned(text, time))
        stamp = b"" if time is None else time.to_bytes(8, "big")
        return Signature(self.name, self.verifier.key_id, stamp + value)


def signer(name: str, kind: int, private: Ed25519PrivateKey) -> Signer:
    """Return a key that signs under a name.

    Raises NoteError if the name cannot stand in a note.
    """
    return Signer(_name(name), kind, private)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _name(name: str) -> str:
    if not name or "+" in name or any(c.isspace() for c in name):
        raise NoteError(f"{name!r} cannot name a key: it is empty or holds a blank or a plus sign")
    return name


def _signature(line: str) -> Signature:
    name, mark, value = line.removeprefix(_DASH).partition(" ")
    try:
        data = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        data = b""
    if not line.startswith(_DASH) or not mark or len(data) < 5:
        raise NoteError(f"this is no signature line: {line!r}")
    return Signature(name, data[:4], data[4:])
