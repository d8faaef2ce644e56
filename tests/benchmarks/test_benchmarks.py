"""The benchmarks run, and the limit they measure against writes what the engine writes."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from tests.benchmarks import limit, variants
from tests.lives import Office
from workflow.ledger import chain
from workflow.models import Case

pytestmark = pytest.mark.postgres


@pytest.mark.slow
def test_every_variant_lives_two_lives():
    command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks", "--smoke"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    assert all(
        label in done.stdout
        for label in ("office flows detached", "(a)", "(b)", "(c)", "40 cases loaded", "our sweep", "100 agencies")
    )


@pytest.mark.django_db(transaction=True)
def test_the_limit_writes_the_rows_of_the_engine(monkeypatch):
    monkeypatch.setattr("workflow.office._bureaus", [])
    Office()
    ours = variants.make_limit()
    name = connection.settings_dict["NAME"]
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    monkeypatch.setenv("DATABASE_URL", f"{server}/{name}")
    other = variants.Limit()
    case = Case.objects.get(pk=other.life()[0])
    other.connection.close()
    try:
        assert chain.verify_case(case) == []
        here, there = limit.rows_of(ours), limit.rows_of(case.pk)
        assert {table: len(rows) for table, rows in here.items()} == {table: len(rows) for table, rows in there.items()}
        assert states(here) == states(there)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_values")


def states(rows):
    """Return where clocks and their ladders stand."""
    return sorted(
        (row["rule"], row["state"], row["due_on"] or "", row["next_at"] or "", row["ladder"])
        for row in rows["workflow_deadline"].values()
    )
