"""The one life that is measured: a filing and six acts, as (act, who, data)."""

from typing import Any

from workflow.clock import legal_day, now
from workflow.documents import digest
from workflow.models import Document

ACTS = (
    ("accept", "head", {"capacity": "yes", "affected": "yes", "notice": "T5"}),
    ("extend", "head", {"days": 10, "reason": "Nội dung phức tạp, liên quan nhiều cơ quan.", "notice": "T10"}),
    ("suspend", "head", {"ground": "S3", "facts": "Người yêu cầu nằm viện điều trị.", "decision": "T11"}),
    ("resume", "head", {"facts": "Người yêu cầu đã ra viện.", "notice": "T12"}),
    (
        "sign",
        "head",
        {
            "answer": "T9",
            "legal_basis": "Luật Đất đai 2024, Điều 87",
            "answers": [{"question": 1, "text": "Việc thu hồi đất căn cứ Điều 79 Luật Đất đai 2024."}],
        },
    ),
    ("send", "clerk", {"delivery": "post", "proof": "RN123456789VN"}),
)
FILING = {
    "channel": "electronic",
    "requester": {
        "kind": "person",
        "name": "Nguyễn Văn An",
        "address": "Thôn 1, xã Tân Hòa, tỉnh An Bình",
        "phone": "0900 000 001",
        "email": "",
    },
    "questions": [{"text": "Căn cứ nào để thu hồi đất?", "content_types": ["legal_basis"]}],
    "signature": "drawn",
}
_PAPERS = ("notice", "decision", "answer")


def put_papers_on_file(case_id: int | None) -> dict[str, Document]:
    """Put one document for each act on file, dated today, by one statement."""
    kinds = [data[name] for _, _, data in ACTS for name in _PAPERS if name in data]
    today = legal_day(now())
    papers = [
        Document(
            case_id=case_id,
            kind=kind,
            number=f"01/{kind}-UBND",
            dated_on=today,
            digest=digest(kind, f"01/{kind}-UBND", today, "", "", ""),
        )
        for kind in kinds
    ]
    return {paper.kind: paper for paper in Document.objects.bulk_create(papers)}


def with_papers(papers: dict[str, Document]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the acts with their documents."""
    return [
        (act, who, {name: papers[value] if name in _PAPERS else value for name, value in data.items()})
        for act, who, data in ACTS
    ]
