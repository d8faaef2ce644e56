"""Reads pages of the log as the inspector's page does, and says how long each took and by which plans."""

from __future__ import annotations

import json
import random
import sys
import time
from datetime import timedelta
from typing import Any


def main() -> None:
    """Read near and far pages in turn; print the seconds of each and the plans as JSON."""
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.lives import agency
    from workflow.inspection import scope
    from workflow.inspection.views.listing import PAGE
    from workflow.models import Agency, LogEntry

    order = json.loads(sys.argv[1])
    if "agencies" in order:
        province = agency("tinh", "Tỉnh", "province")
        found = [agency(f"xa-{n}", f"Xã {n}", "commune", province) for n in range(order["agencies"])]
        print(found[0].pk)
        return
    within = scope.agencies([Agency.objects.get(slug="tinh").path])
    newest, total = LogEntry.objects.order_by("-at").values_list("at", flat=True)[0], LogEntry.objects.count()
    draw = random.Random(order["seed"])

    def place() -> Any:
        """Return a place about so many pages down, another one each time, so that no page is read twice."""
        down = (order["far"] - 1 + draw.random()) * PAGE / total
        return newest - timedelta(days=365) * down

    def read(at: Any) -> float:
        began = time.perf_counter()
        found = scope.entries()
        rows = scope.first(scope.after(found, at, 0) if at else found, within, PAGE + 1)
        taken = time.perf_counter() - began
        assert len(rows) == PAGE + 1, len(rows)
        return taken

    answer: dict[str, Any] = {"near": [], "far": [], "plans": {}}
    for _ in range(3):
        read(None), read(place())
    for _ in range(order["reads"]):
        answer["near"].append(read(None))
        answer["far"].append(read(place()))
    for title, at in (("page 1", None), (f"page {order['far']}", place())):
        with CaptureQueriesContext(connection) as asked:
            read(at)
        lines: list[str] = []
        for one in asked.captured_queries:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) " + one["sql"])
                lines += [_short(row[0]) for row in cursor.fetchall()]
        answer["plans"][title] = lines
    print(json.dumps(answer))


def _short(line: str) -> str:
    return line if len(line) <= 140 else line[:137] + "…"


if __name__ == "__main__":
    main()
