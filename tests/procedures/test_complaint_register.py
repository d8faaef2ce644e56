"""The register of complaints goes out as CSV (NĐ155 Đ.13)."""

import csv

import pytest
from django.core.management import CommandError, call_command

from tests import appeals

pytestmark = pytest.mark.django_db


def test_every_complaint_of_the_days_is_a_row_and_nothing_becomes_a_formula(tmp_path, capsys):
    office = appeals.Office()
    person = {**appeals.lives.filing(office.agency)["requester"], "name": "=CMD()"}
    first = appeals.lodged(appeals.refused(office, "2026-10-05 09:00"), "2026-10-05 10:00", requester=person)
    appeals.lodged(appeals.refused(office, "2026-10-06 09:00"), "2026-10-06 10:00")
    appeals.act(office, first, "accept", "2026-10-07 09:00", "head")
    out = tmp_path / "khieu-nai.csv"
    call_command("export_complaints", str(out), "--since", "2026-10-05", "--until", "2026-10-05")
    (row,) = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert (row["code"], row["complainant"], row["received_on"]) == (first.code, "'=CMD()", "2026-10-05")
    assert (row["state"], row["accept_due"], row["decide_due"]) == ("accepted", "2026-10-14", "2026-11-06")
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_complaints", str(out))
