"""The one life that is measured: a filing and six acts, as (act, who, data)."""

from datetime import date
from functools import cache
from typing import Any

from django.db import connection

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
_READ = ("id", "case_id", "kind", "number", "dated_on", "digest")
_ON_FILE = (
    "INSERT INTO workflow_document (case_id, kind, number, dated_on, digest, summary, body, file, file_name, added_at)"
    " SELECT %s, p.kind, p.number, %s, p.digest, '', '', '', '', now()"
    " FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS p(kind, number, digest, nth)"
    " ORDER BY p.nth RETURNING id"
)


def put_papers_on_file(case_id: int | None) -> dict[str, Document]:
    """Put one document for each act on file, dated today, by one prepared statement.

    What it costs is outside the time of the life, but not outside that of the lives beside it: so as little as can be.
    """
    today = legal_day(now())
    kinds, numbers, digests = _papers(today)
    connection.ensure_connection()
    given = (case_id, today, kinds, numbers, digests)
    keys = [pk for (pk,) in connection.connection.execute(_ON_FILE, given, prepare=True).fetchall()]
    rows = zip(keys, kinds, numbers, digests, strict=True)
    return {
        kind: Document.from_db(None, _READ, (pk, case_id, kind, number, today, digest))
        for pk, kind, number, digest in rows
    }


@cache
def _papers(today: date) -> tuple[list[str], list[str], list[str]]:
    """Return kinds, numbers and digests of the papers of a day."""
    kinds = [data[name] for _, _, data in ACTS for name in _PAPERS if name in data]
    numbers = [f"01/{kind}-UBND" for kind in kinds]
    return kinds, numbers, [digest(*one, today, "", "", "") for one in zip(kinds, numbers, strict=True)]


def with_papers(papers: dict[str, Document]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the acts with their documents."""
    return [
        (act, who, {name: papers[value] if name in _PAPERS else value for name, value in data.items()})
        for act, who, data in ACTS
    ]
