"""What people say when they act on a complaint; persons, channels and signatures are those of a request."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from procedures.explanation.particulars import Attacked, Channel, Delivery, Person, Signature
from workflow.transitions import Public

Missing = Literal["name", "address", "id_number", "content", "demands", "proxy", "signature"]
ComplexityCase = Literal["places", "matters", "many", "abroad", "bodies", "disagreement", "evidence"]
Outcome = Public[Literal["keep", "amend", "supplement", "cancel_part", "cancel", "stop"]]
Conclusion = Public[Literal["right", "partly_right", "wrong"]]
Absent = Public[Literal["nobody", "with_reason", "without_reason"]]
Recipient = Literal["superior", "inspectorate", "sender", "concerned", "first_settler"]
Publication = Public[Literal["meeting", "posting", "media"]]
Proxy = Public[Literal["notarised", "certified", ""]]
Contents = dict[str, str]
"""What a document says, by the key of the content the law demands."""


class Demand(TypedDict):
    """One thing that is demanded; each can be withdrawn by itself (NĐ155 Đ.5)."""

    text: str


class Sender(TypedDict):
    """A body that forwarded the complaint and is told what became of it (LKN Đ.27, Đ.32, Đ.66)."""

    kind: Public[Literal["front", "body"]]
    name: str


class Provided(TypedDict, total=False):
    """What was missing and has now arrived."""

    name: str
    address: str
    id_number: str
    content: str
    demands: str
    proxy: Proxy
    signature: Signature


__all__ = [
    "Absent", "Attacked", "Channel", "ComplexityCase", "Conclusion", "Contents", "Delivery", "Demand", "Missing",
    "Outcome", "Person", "Provided", "Proxy", "Publication", "Recipient", "Sender", "Signature",
]  # fmt: skip
