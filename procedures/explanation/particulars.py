"""What people say when they act: the shapes of a request, a refusal, an answer.

`Public` marks what may stand in the log in the clear: codes and numbers, nothing that a person wrote about a person.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from workflow.transitions import Public, a_ground_for, listed

Channel = Public[Literal["electronic", "written", "in_person"]]
Signature = Public[Literal["drawn", "digital", "paper", "fingerprint", "photo", ""]]
ContentType = Annotated[str, listed("content_types")]
RefusalGround = Annotated[str, a_ground_for("refuse")]
Field = Literal["name", "address", "contact", "content", "signature"]
Finding = Public[Literal["yes", "no", "unknown"]]
Attacked = Public[Literal["refusal", "termination", "silence", "procedure", "contents"]]
Delivery = Public[Literal["post", "hand", "electronic"]]


class Representative(TypedDict):
    """Who speaks for the requester (người đại diện). NĐ59 Đ.4 k.1, Đ.8 k.1 a, Đ.10 k.3 a."""

    name: str
    kind: Public[Literal["legal", "authorised", "organisation", "group"]]
    papers: str


class Person(TypedDict):
    """The requester: a person, an organisation or a group (người yêu cầu giải trình). NĐ59 Đ.8, Đ.10."""

    kind: Public[Literal["person", "organisation"]]
    name: str
    address: str
    phone: str
    email: str
    representative: NotRequired[Representative]
    members: NotRequired[list[str]]


class Question(TypedDict):
    """One thing asked, of one or more of the kinds of the law's checklist (`content_types`)."""

    text: str
    content_types: Public[list[ContentType]]


class Decision(TypedDict, total=False):
    """The decision or act the request is about; optional in law, asked because it helps (NĐ59 Đ.4 k.2)."""

    number: str
    date: str
    issuer: str
    summary: str
    signed_by: int


class Provided(TypedDict, total=False):
    """What was missing and has now arrived."""

    name: str
    address: str
    contact: str
    content: str
    signature: Signature


class Refusal(TypedDict):
    """Why one question is refused; every refusal names a ground of NĐ59 Đ.5 and its reason."""

    question: int
    ground: Public[RefusalGround]
    reason: str


class Answer(TypedDict):
    """The explanation of one question (nội dung giải trình cụ thể). NĐ59 Đ.12 k.3 đ."""

    question: int
    text: str


class Verdict(TypedDict):
    """Whether the requester finds a question answered."""

    question: int
    answered: bool
