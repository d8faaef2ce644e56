"""Lists of agencies: previewed row by row, taken over whole or not at all; broken, huge and hostile files."""

import csv
import io
import zipfile

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from tests import lives
from tests.workflow.agencies.support import HEADINGS, HOME, as_csv, as_xlsx, get, named, offices, post, repacked, text
from workflow.agencies import imports, sheets, taking, tree
from workflow.agencies.models import FormerName, Sheet
from workflow.ledger import chain
from workflow.models import Agency, LogEntry

pytestmark = pytest.mark.django_db
IN = HOME + "nhap/"
NEW = ("xa-moi", "UBND xã Mới", "Cấp xã", "tinh", "Thôn 3", "0900 000 003", "", "")


@pytest.fixture
def office():
    return offices()


def hand_in(client, office, file, who="keeper", language="en"):
    """Hand a file in; return the preview, or the form with what is wrong."""
    answer = post(client, getattr(office, who), IN, {"file": file}, language=language)
    return get(client, getattr(office, who), answer.url, language=language) if answer.status_code == 302 else answer


def take_over(client, office, preview, who="keeper"):
    """Press the button of a preview."""
    return post(client, getattr(office, who), preview.request["PATH_INFO"], {"seen": preview.context["plan"].seen})


def communes(n):
    return [(f"xa-{i}", f"UBND xã số {i}", "commune", "tinh", "", "", "", "") for i in range(n)]


def stood():
    """Return all that an import could have touched."""
    return list(Agency.objects.order_by("path").values()), LogEntry.objects.count(), FormerName.objects.count()


# what is taken over ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_150_communes_in_one_file(client, office, made):
    preview = hand_in(client, office, made(communes(150)))
    assert preview.context["counts"] == {"add": 150, "change": 0, "same": 0, "wrong": 0}
    assert Agency.objects.count() == 4, "a preview changes nothing"
    assert take_over(client, office, preview).status_code == 302
    assert Agency.objects.filter(level="commune", path__startswith=office.province.path).count() == 152
    assert Agency.objects.find_problems() == ([], [], [], [], [])
    for agency in Agency.objects.filter(slug__in=("xa-0", "xa-149")):
        [entry] = LogEntry.objects.filter(chain=f"agency:{agency.slug}")
        assert (entry.transition, entry.actor) == ("agency_added", f"user:{office.keeper.pk}")
        assert list(chain.failures([entry])) == []


def test_the_preview_and_the_taking_over_cost_the_same_for_any_number_of_rows(client, office):
    def cost(n, first):
        rows = [(f"xa-{first + i}", *row[1:]) for i, row in enumerate(communes(n))]
        with CaptureQueriesContext(connection) as found:
            assert take_over(client, office, hand_in(client, office, as_csv(rows))).status_code == 302
        return len(found)

    cost(1, 900)
    assert cost(60, 100) <= cost(2, 500) + 4, "no more than the parts of a long statement"


def test_a_change_is_shown_before_and_after_and_keeps_the_old_name(client, office):
    preview = hand_in(
        client,
        office,
        as_csv(
            [("xa-tan-hoa", "UBND xã Tân Hoà Mới", "", "", "", "", "", "")][:1],
        ),
    )
    assert "is no level" in text(preview), "an empty cell of a column that is there is an answer"
    row = ("xa-tan-hoa", "UBND xã Tân Hòa Mới", "0900 000 111")
    preview = hand_in(client, office, as_csv([row], ("Mã cơ quan", "Tên", "Đường dây nóng")))
    assert "UBND xã Tân Hòa → UBND xã Tân Hòa Mới" in text(preview)
    take_over(client, office, preview)
    assert FormerName.objects.get().name == "UBND xã Tân Hòa"
    [entry] = LogEntry.objects.filter(chain="agency:xa-tan-hoa")
    assert entry.data["changes"] == {
        "name": ["UBND xã Tân Hòa", "UBND xã Tân Hòa Mới"],
        "hotline": ["", "0900 000 111"],
    }


def test_a_superior_may_be_a_later_row_of_the_same_file(client, office):
    rows = [("phong", "Phòng Kinh tế", "department", "xa-moi", "", "", "", ""), NEW,
            ("xa-khac", "UBND xã Khác", "commune", "xa-moi", "", "", "", "")]  # fmt: skip
    take_over(client, office, hand_in(client, office, as_csv(rows)))
    for slug in ("phong", "xa-khac"):
        assert [one.slug for one in Agency.objects.get_ancestors(Agency.objects.get(slug=slug))] == ["tinh", "xa-moi"]
    moved = LogEntry.objects.get(chain="agency:xa-khac")
    assert (moved.transition, moved.data["was"], moved.data["now"]) == ("agency_moved", "tinh", "xa-moi")
    assert Agency.objects.find_problems() == ([], [], [], [], [])


def test_two_agencies_may_change_places(client, office):
    lives.agency("phong", "Phòng Kinh tế", "department", office.agency)
    rows = [("phong", "tinh"), ("xa-tan-hoa", "phong")]
    take_over(client, office, hand_in(client, office, as_csv(rows, ("ma", "cap tren"))))
    assert Agency.objects.get_parent(Agency.objects.get(slug="xa-tan-hoa")).slug == "phong"
    assert Agency.objects.find_problems() == ([], [], [], [], [])


def test_a_new_agency_without_a_code_gets_one_and_is_known_by_it_again(client, office):
    row = ("UBND xã Đồng Mới", "Cấp xã", "tinh")
    headings = ("Tên", "Cấp", "Cơ quan cấp trên")
    take_over(client, office, hand_in(client, office, as_csv([row], headings)))
    assert Agency.objects.filter(slug="ubnd-xa-dong-moi").exists()
    again = hand_in(client, office, as_csv([row], headings))
    assert again.context["counts"] == {"add": 0, "change": 0, "same": 1, "wrong": 0}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_exported_is_taken_back_unchanged(client, office, kind, language):
    tree.edit(office.agency, {"hotline": "+84 900 000 001", "remote": True, "remote_basis": "15/QĐ"}, by=office.keeper)
    answer = get(client, office.keeper, f"{HOME}xuat/?dang={kind}", language=language)
    file = named(b"".join(answer), f"co-quan.{kind}")
    assert "attachment" in answer["Content-Disposition"]
    preview = hand_in(client, office, file, language=language)
    assert preview.context["counts"] == {"add": 0, "change": 0, "same": 3, "wrong": 0}
    exported = LogEntry.objects.filter(chain="security", transition="exported").get()
    assert (exported.data["rows"], exported.actor) == (3, f"user:{office.keeper.pk}")


# rows with errors ------------------------------------------------------------------------------------------------

WRONG = (
    # changed cell    value                    what is said
    ("ten",           "=HYPERLINK(\"http://x\")", "as a formula does"),
    ("ten",           "'=1+1",                 "as a formula does"),
    ("dia chi",       "@SUM(A1:A9)",           "as a formula does"),
    ("dia chi",       "-2+3+cmd|' /C calc'!A0", "as a formula does"),
    ("duong day nong", "=0900",                "as a formula does"),
    ("ten",           "\tUBND",                "cannot be printed"),
    ("ten",           "UBND \u202e xã",        "cannot be printed"),
    ("ten",           "x" * 201,               "longer than 200"),
    ("ten",           "",                      "The name is missing"),
    ("ma",            "Xã Mới",                "small letters"),
    ("ma",            "them",                  "small letters"),
    ("ma",            "tinh-bac",              "do not administer"),
    ("cap",           "huyện",                 "is no level"),
    ("cap tren",      "",                      "needs the code of its superior"),
    ("cap tren",      "khong-co",              "no agency with the code"),
    ("cap tren",      "tinh-bac",              "do not administer the superior"),
    ("vung sau, vung xa", "có lẽ",             "neither yes nor no"),
    ("vung sau, vung xa", "có",                "needs its legal reference"),
)  # fmt: skip


@pytest.mark.parametrize(("column", "value", "why"), WRONG, ids=[f"{row[0]}: {row[2]}" for row in WRONG])
@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_a_wrong_row_is_named_and_nothing_is_done(client, office, column, value, why, made):
    row = list(NEW)
    row[HEADINGS.index(column)] = value
    before = stood()
    preview = hand_in(client, office, made([*communes(3), row]))
    assert preview.status_code == 422
    assert "row 5" in text(preview)
    assert why in text(preview)
    assert take_over(client, office, preview).status_code == 302
    assert stood() == before, "three sound rows beside a wrong one are not taken over either"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([NEW, NEW], "Row 2 has the same code"),
        ([("xa-tan-hoa", "A", "commune", "xa-khac", *[""] * 4), ("xa-khac", "B", "commune", "xa-tan-hoa", *[""] * 4)],
         "under itself"),
        ([("tinh", "UBND tỉnh", "province", "xa-khac", *[""] * 4)], "under itself"),
    ],
)  # fmt: skip
def test_rows_that_contradict_one_another(client, office, rows, why):
    before = stood()
    preview = hand_in(client, office, as_csv(rows))
    assert why in text(preview)
    take_over(client, office, preview)
    assert stood() == before


def test_an_agency_that_has_ended_is_not_changed(client, office):
    Agency.objects.filter(slug="xa-khac").update(ends_on="2026-01-01")
    preview = hand_in(client, office, as_csv([("xa-khac", "Tên khác")], ("ma", "ten")))
    assert "has ended" in text(preview)


# what is shown is what is done -----------------------------------------------------------------------------------


def test_what_changed_since_the_preview_is_not_overwritten(client, office):
    preview = hand_in(client, office, as_csv([("xa-tan-hoa", "0900 000 111")], ("ma", "hotline")))
    tree.edit(office.agency, {"hotline": "0900 000 222"}, by=office.second)
    take_over(client, office, preview)
    assert Agency.objects.get(slug="xa-tan-hoa").hotline == "0900 000 222"


def test_a_list_is_taken_over_once_and_by_its_own_hand(client, office):
    preview = hand_in(client, office, as_csv([NEW]))
    assert take_over(client, office, preview, who="second").status_code == 404
    take_over(client, office, preview)
    count = LogEntry.objects.count()
    assert take_over(client, office, preview).status_code == 404
    assert LogEntry.objects.filter(chain__startswith="agency:").count() == 1
    assert LogEntry.objects.count() >= count


def test_an_administrator_who_lost_the_power_meanwhile_takes_nothing_over(client, office):
    hand_in(client, office, as_csv([NEW]))
    sheet = Sheet.objects.get()
    with pytest.raises(tree.Outdated):
        taking.take_over(sheet, by=office.outsider, seen=imports.plan(sheet.rows, [office.province.path]).seen)
    assert not Agency.objects.filter(slug="xa-moi").exists()


# broken, huge, hostile -------------------------------------------------------------------------------------------


def bomb():
    """Return a workbook whose sheet unpacks to far more than it weighs."""
    return repacked(as_xlsx([NEW]), sheet1=b"<worksheet>" + b" " * (sheets.MOST_UNPACKED + 1) + b"</worksheet>")


def lying_bomb():
    """Return a workbook that says its sheet is small when it is not."""
    content = bytearray(bomb().getvalue())
    size = (sheets.MOST_UNPACKED + 1 + len(b"<worksheet></worksheet>")).to_bytes(4, "little")
    return named(bytes(content).replace(size, (1000).to_bytes(4, "little")), "lies.xlsx")


def entity_bomb():
    """Return a workbook with nested entities (“billion laughs”)."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><worksheet>&a8;</worksheet>'
    return repacked(as_xlsx([NEW]), sheet1=xml.encode())


def outside_entity():
    """Return a workbook that asks for a file of the server."""
    xml = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>ma</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>&a;</t></is></c></row></sheetData></worksheet>'
    )
    return repacked(as_xlsx([NEW]), sheet1=xml.encode())


def wide_and_deep():
    """Return a workbook that says it is as large as a sheet can be, with a cell in the last corner."""
    xml = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>ma</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>'
    )
    return repacked(as_xlsx([NEW]), sheet1=xml.encode())


def many_parts():
    """Return an archive of a great many parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(sheets.MOST_PARTS + 1):
            archive.writestr(f"xl/{n}.xml", "")
    return named(out.getvalue(), "parts.xlsx")


def formula_cell():
    """Return a workbook with a formula that has a harmless value beside it."""
    book = load_workbook(as_xlsx([NEW]))
    book.active["B2"] = '=HYPERLINK("http://example.com","UBND")'
    out = io.BytesIO()
    book.save(out)
    return named(out.getvalue(), "formula.xlsx")


HOSTILE = (
    (bomb, "unpacks to more"),
    (lying_bomb, "damaged"),
    (entity_bomb, "damaged"),
    (outside_entity, "damaged"),
    (wide_and_deep, "holds no rows"),
    (many_parts, "unpacks to more"),
    (formula_cell, "as a formula does"),
    (lambda: named(b"PK\x03\x04 not a workbook", "x.xlsx"), "damaged"),
    (lambda: named(as_xlsx([NEW]).getvalue()[:-200], "cut.xlsx"), "damaged"),
    (lambda: named(b"\xff\xfe\x00\x01\x02", "x.csv"), "neither an Excel workbook"),
    (lambda: named(b"ma,ten\x00\n", "x.csv"), "neither an Excel workbook"),
    (lambda: named(b"%PDF-1.4", "x.xlsx"), "must name the columns"),
    (lambda: named(b"", "x.csv"), "empty"),
    (lambda: named(b"\n\n,,,\n", "x.csv"), "holds no rows"),
    (lambda: named(b"ma,ten\n", "x.csv"), "holds no rows"),
    (lambda: named(b"ma,ma\nx,y\n", "x.csv"), "there twice"),
    (lambda: named(b"ten\n" + b'"' + b"x" * 200_000 + b'"\n', "x.csv"), "cannot be read"),
    (lambda: named(b"ma" + b"," * 100 + b"\nx\n", "x.csv"), "more than 40 columns"),
    (lambda: named(b"ma\n" + b"x\n" * (sheets.MOST_ROWS + 1), "x.csv"), "more than 6000 rows"),
    (lambda: named(b"ma\n" + b"x" * sheets.MOST_BYTES, "x.csv"), "larger than 2 MB"),
)


@pytest.mark.parametrize(("made", "why"), HOSTILE, ids=[why for _made, why in HOSTILE])
def test_a_broken_huge_or_hostile_file_is_refused_and_leaves_nothing(client, office, made, why):
    before = stood()
    answer = hand_in(client, office, made())
    assert answer.status_code == 422
    assert why in text(answer)
    assert "root:" not in answer.content.decode()
    assert stood() == before


def test_a_cell_of_markup_is_shown_as_text(client, office):
    row = ("xa-moi", "<script>alert(1)</script>", *NEW[2:])
    assert b"<script>alert" not in hand_in(client, office, as_csv([row])).content


def test_no_exported_cell_can_act_as_a_formula(client, office):
    Agency.objects.filter(slug="xa-khac").update(name="=1+1", address="@x", hotline="+84", reception="-1")
    said = b"".join(get(client, office.keeper, HOME + "xuat/?dang=csv")).decode("utf-8-sig")
    cells = [cell for row in list(csv.reader(io.StringIO(said)))[1:] for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    book = load_workbook(io.BytesIO(b"".join(get(client, office.keeper, HOME + "xuat/?dang=xlsx"))))
    assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert "'=1+1" in [cell.value for row in book.active.iter_rows() for cell in row]


# the first agencies ----------------------------------------------------------------------------------------------


def test_a_new_installation_begins_with_a_list(tmp_path, capsys):
    file = tmp_path / "ds.csv"
    file.write_text("ma,ten,cap,cap tren\ntinh,UBND tỉnh,province,\nxa,UBND xã,commune,tinh\n", encoding="utf-8")
    call_command("agencies_import", str(file))
    assert list(Agency.objects.order_by("path").values_list("slug", "depth")) == [("tinh", 1), ("xa", 2)]
    assert LogEntry.objects.get(chain="agency:xa").actor == "system"
