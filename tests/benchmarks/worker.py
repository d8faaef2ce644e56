"""One process of the benchmarks: `python -m tests.benchmarks.worker prepare | VARIANT`.

`prepare` migrates and fills an empty database. A variant lives some lives to warm up, says "ready", and then answers
each line of JSON on its input with one on its output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import django

WARM_UP = 15  # lives; statements are prepared on the server from the third use on


def prepare() -> None:
    """Migrate, put people and papers in place, and make the limit's functions."""
    from django.core.management import call_command

    from tests.benchmarks.variants import make_limit
    from tests.lives import Office

    call_command("migrate", verbosity=0)
    Office()
    print(make_limit(), flush=True)


def answer(variant: Any, order: dict[str, Any]) -> dict[str, Any]:
    """Do what was ordered.

    start: epoch second at which all processes begin; seconds: how long to live lives, two at least
    loaded: cases to move instead
    """
    if "loaded" in order:
        return {"each": [variant.loaded(case_id) / 6 for case_id in order["loaded"]]}
    time.sleep(max(order["start"] - time.time(), 0))
    keys, each = [], []
    began = time.perf_counter()
    while len(each) < 2 or time.perf_counter() - began < order["seconds"]:
        key, seconds = variant.life()
        keys.append(key)
        each.append(seconds)
    return {"lives": len(each), "seconds": sum(each), "each": each, "first": keys[0]}


def main(name: str) -> None:
    """Run one process until its input ends."""
    django.setup()
    if name == "prepare":
        prepare()
        return
    from tests.benchmarks.variants import VARIANTS

    variant = VARIANTS[name]()
    for _ in range(WARM_UP if "--cold" not in sys.argv else 0):
        variant.life()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(variant, json.loads(line))), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")
    main(sys.argv[1])
