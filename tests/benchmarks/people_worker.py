"""The process of the benchmark of people: fills a database twice, measures pages, prints medians as JSON.

`python -m tests.benchmarks.people_worker "[agencies, people, rounds]"`
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any

import django


def fill(agencies: int, people: int, first: int) -> None:
    """Add communes under provinces of 150 each, and people, one in twenty the head of an agency."""
    from workflow.models import Agency, Appointment, User

    root = Agency.objects.filter(depth=1).first() or Agency.objects.add_root(
        instance=Agency(slug="chinh-phu", name="Chính phủ", level="central")
    )
    new = []
    for n in range(first, first + agencies - 1):
        province, commune = divmod(n, 150)
        level, depth = ("commune", 3) if commune else ("province", 2)
        above = Agency._get_path(root.path, 2, province + 1)
        path = Agency._get_path(above, 3, commune) if commune else above
        one = Agency(slug=f"{level}-{n}", name=f"UBND xã Tân Hòa {n}", level=level, depth=depth, path=path)
        one.search = one.searched()
        new.append(one)
    new = Agency.objects.bulk_create(new, batch_size=1000)
    users = [User(username=f"nguoi-{first}-{n}", full_name=f"Nguyễn Văn Số {n:05}") for n in range(people)]
    for user in users:
        user.search = user.searched()
    users = User.objects.bulk_create(users, batch_size=1000)
    Appointment.objects.bulk_create(
        [
            Appointment(user=user, agency=new[n % len(new)], role="head" if n % 20 == 0 else "officer",
                        decision="1/QĐ", starts_on=date(2026, 1, 1))
            for n, user in enumerate(users)
        ],
        batch_size=1000,
    )  # fmt: skip


def analyze() -> None:
    """Let the database know what it holds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def steps(client: Any, administrator: Any, last: int) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return what is measured: (the bare reference, ours) by label.

    last: the last page of the bare list of agencies
    """
    from workflow import clock, permissions
    from workflow.agencies import search, tree
    from workflow.models import Agency, Appointment

    def page(url: str) -> Callable[[], Any]:
        def get() -> None:
            answer = client.get(url)
            assert answer.status_code == 200, (url, answer.status_code)
            assert answer.content

        return get

    paths = list(Agency.objects.order_by("-path").values_list("path", flat=True)[:51])
    place = Agency.objects.order_by("-path")[0]

    def bare_rows() -> None:
        list(Appointment.objects.filter(user=administrator).order_by("pk")[:50])

    def check() -> None:
        assert tree.in_scope(place, permissions.administered(administrator, clock.now()))

    def bare_search() -> None:
        list(Agency.objects.filter(name__icontains="Tân Hòa 49")[:50])

    def found() -> None:
        list(search.named(Agency.objects.all(), "tan hoa 49")[:50])

    ours = "/quan-tri/co-quan/"
    return {
        "agencies, first page": (page("/bare/agencies/"), page(ours)),
        "agencies, last page": (page(f"/bare/agencies/?page={last}"), page(f"{ours}?sau={paths[-1]}")),
        "agencies, search page": (page("/bare/agencies/?q=Tân Hòa 49"), page(f"{ours}?q=tan hoa 49")),
        "agencies, search alone": (bare_search, found),
        "people, first page": (page("/bare/people/"), page("/quan-tri/nguoi-dung/")),
        "people, search page": (page("/bare/people/?q=Số 019"), page("/quan-tri/nguoi-dung/?q=Số 019")),
        "may this person change this agency?": (bare_rows, check),
    }


def medians(given: dict[str, tuple[Callable[[], Any], ...]], rounds: int) -> dict[str, list[float]]:
    """Return the median milliseconds of each step, bare and ours, in shuffled rounds after two to warm up."""
    times: dict[str, list[list[float]]] = {label: [[] for _ in both] for label, both in given.items()}
    for n in range(rounds + 2):
        todo = [(label, side) for label, both in given.items() for side in range(len(both))]
        for label, side in random.sample(todo, len(todo)):
            began = time.perf_counter()
            given[label][side]()
            if n >= 2:
                times[label][side].append((time.perf_counter() - began) * 1000)
    return {label: [median(one) for one in both] for label, both in times.items()}


def main(agencies: int, people: int, rounds: int) -> None:
    """Measure with a hundredth of the rows and with all of them."""
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from workflow.models import Agency, Appointment, User

    call_command("migrate", verbosity=0)
    few = max(agencies // 100, 2)
    fill(few, max(people // 100, 2), 0)
    administrator = User.objects.create(username="quantri", full_name="Quản trị")
    root = Agency.objects.get(depth=1)
    Appointment.objects.create(
        user=administrator, agency=root, role="administrator", decision="1/QĐ", starts_on=date(2026, 1, 1)
    )
    client = Client()
    client.force_login(administrator)
    analyze()
    before = medians(steps(client, administrator, -(-few // 50)), rounds)
    fill(agencies - few, people - people // 100, few - 1)
    analyze()
    after = medians(steps(client, administrator, -(-Agency.objects.count() // 50)), rounds)
    found = {label: {"bare": after[label][0], "ours": after[label][1], "few": before[label][1]} for label in after}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
