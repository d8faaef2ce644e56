"""The Vietnamese is whole, in step, and says what the law says.

What is asked of the catalogue is found by reading the code itself; GNU gettext only confirms it.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import polib
import pytest
from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.utils import translation

from procedures import roles
from procedures.explanation import conditions, models
from procedures.explanation.law import DECREE_59, LADDERS
from workflow import describe, errors, registry
from workflow.calendar import due, shipped
from workflow.explain import sentences
from workflow.fields import DateField
from workflow.management.commands.makemessages import uncalled

HERE = Path(__file__).resolve().parent.parent
ROOMS = ("config", "notifications", "procedures", "workflow")
PO = HERE / "locale" / "vi" / "LC_MESSAGES" / "django.po"
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}


def catalogue():
    """Return the Vietnamese catalogue."""
    return polib.pofile(str(PO))


def said(entry):
    """Return what a catalogue says for one entry."""
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


# what the tree asks for ------------------------------------------------------------------------------------------


def in_code(file):
    """Yield the sentences that calls in a Python file hold."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            wanted = node.args[:1] if name in ONE else node.args[:2] if name in MANY else []
            for argument in wanted:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def in_template(file):
    """Yield the sentences that a template holds."""
    nodes = engines["django"].from_string(file.read_text(encoding="utf-8")).template.nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        yield str(node.filter_expression.var.literal)
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        yield node.render_token_list(node.singular)[0]
        if node.plural:
            yield node.render_token_list(node.plural)[0]


def asked():
    """Return every sentence of the tree."""
    found = set(uncalled())
    for room in ROOMS:
        for file in (HERE / room).rglob("*.py"):
            found.update(in_code(file))
        for file in [*(HERE / room).rglob("*.html"), *(HERE / room).rglob("*.txt")]:
            if "templates" in file.parts:
                found.update(in_template(file))
    return found - {""}


def test_every_sentence_has_its_vietnamese():
    known = {text for entry in catalogue() for text in (entry.msgid, entry.msgid_plural) if text}

    assert asked() - known == set(), "`make messages` adds them; then translate"


def test_no_vietnamese_without_a_sentence():
    assert {entry.msgid for entry in catalogue()} - asked() == set(), "`make messages` drops them"


def test_nothing_is_half_done():
    po = catalogue()

    assert [entry.msgid for entry in po if not said(entry)] == []
    assert [entry.msgid for entry in po.fuzzy_entries()] == []
    assert [entry.msgid for entry in po.obsolete_entries()] == []


def test_gettext_finds_the_same_sentences(tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("xgettext: not installed (GNU gettext)")
    for room in (*ROOMS, "locale"):
        shutil.copytree(HERE / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "manage.py", tmp_path)
    before = {(entry.msgid, said(entry)) for entry in catalogue()}

    made = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale", "vi"],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "GIAITRINH_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
    )

    assert made.returncode == 0, made.stderr
    after = polib.pofile(str(tmp_path / PO.relative_to(HERE)))
    assert {(entry.msgid, said(entry)) for entry in after} == before


# how it is said --------------------------------------------------------------------------------------------------

PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|<[^>]*>")


def differing(pattern):
    """Return the entries whose two languages do not hold the same things, in whatever order."""
    texts = [(entry.msgid, text) for entry in catalogue() for text in (said(entry), entry.msgid_plural) if text]
    return [pair for pair in texts if sorted(pattern.findall(pair[0])) != sorted(pattern.findall(pair[1]))]


def test_placeholders_are_the_same():
    assert differing(PLACEHOLDERS) == []


CITED = re.compile(r"(?:NĐ|LKN|LTCD|BLDS|PCTN|Đ\.|k\.)\s?[\d/]+(?: [a-zđ](?![\w]))?")


def test_articles_are_the_same():
    assert differing(CITED) == []


def test_the_header_names_nobody_and_no_machine():
    header = PO.read_text(encoding="utf-8").split("\n\n")[0]

    assert catalogue().metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert "@" not in header
    assert "/home/" not in header
    assert "Generator" not in header


ABBREVIATED = re.compile(r"Giải Trình|“ĐẾN”|\d+/2019/NĐ-CP|NĐ\d+|Đ\.\d+|k\.3 đ|1186/QĐ-UBND")
VIETNAMESE = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE)


def letters(language):
    """Return the texts of messages, which are whole templates in each language."""
    return [file.read_text(encoding="utf-8") for file in (HERE / "notifications").rglob(f"messages/{language}/*/*.txt")]


def test_english_is_english():
    texts = [*asked(), *letters("en")]

    assert [text for text in texts if VIETNAMESE.search(ABBREVIATED.sub("", text))] == []


# one word for one thing ------------------------------------------------------------------------------------------

GLOSSARY = (
    # English            Vietnamese, in the words of the decree
    (r"(?<!guide the )\brequester", "gười yêu cầu giải trình"),
    (r"written explanation", "ăn bản giải trình"),
    (r"explaining person", "gười giải trình"),
    (r"\bsuspend(?!ed, |ed$)", "ạm đình chỉ"),
    (r"\bterminat", "ình chỉ"),
    (r"\bextension|\bextended\b", "ia hạn"),
    (r"legal basis of", "ăn cứ pháp lý"),
    (r"competent agency", "ơ quan có thẩm quyền"),
    (r"\bcomplain", "hiếu nại"),
    (r"fingerprint(?!s? remains)", "iểm chỉ"),
    (r"civil capacity", "ăng lực hành vi dân sự"),
)


@pytest.mark.parametrize(("english", "vietnamese"), GLOSSARY)
def test_one_word_for_one_thing(english, vietnamese):
    entries = [entry for entry in catalogue() if re.search(english, entry.msgid, re.IGNORECASE)]

    assert entries
    assert [(entry.msgid, said(entry)) for entry in entries if vietnamese not in said(entry)] == []


AVOIDED = ("vụ việc", "im lặng", "hạn cuối", "kí tự", "tập tin", " bạn ", "huỷ", "uỷ ", "nh/chị")


@pytest.mark.parametrize("word", AVOIDED)
def test_words_that_are_not_ours(word):
    texts = [re.sub("(?i)vụ việc phức tạp", "", text) for text in [*map(said, catalogue()), *letters("vi")]]  # LKN Đ.28

    assert [text for text in texts if word in text] == []


# what a reader sees ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _vietnamese():
    with translation.override("vi"):
        yield


STATES = (
    ("received", "Đã tiếp nhận"),
    ("supplement_requested", "Chờ bổ sung"),
    ("redirected", "Đã hướng dẫn đến cơ quan có thẩm quyền"),
    ("copy_provided", "Đã cung cấp bản sao văn bản giải trình"),
    ("refused", "Không giải quyết"),
    ("accepted", "Đã thông báo tiếp nhận"),
    ("suspended", "Tạm đình chỉ"),
    ("explained_direct", "Đã giải trình trực tiếp"),
    ("explained_written", "Đã ban hành văn bản giải trình"),
    ("terminated", "Đình chỉ"),
)


@pytest.mark.parametrize(("state", "label"), STATES)
def test_states(state, label):
    assert str(models.STATES[state]) == label


ACTS = (
    ("file", "Gửi yêu cầu giải trình"),
    ("request_supplement", "Hướng dẫn bổ sung thông tin, tài liệu"),
    ("refuse", "Thông báo không giải quyết"),
    ("accept", "Thông báo tiếp nhận"),
    ("extend", "Gia hạn giải trình"),
    ("suspend", "Tạm đình chỉ giải trình"),
    ("resume", "Tiếp tục giải trình"),
    ("terminate", "Đình chỉ giải trình"),
    ("withdraw", "Rút toàn bộ yêu cầu giải trình"),
    ("sign", "Ký ban hành văn bản giải trình"),
    ("complain", "Khiếu nại"),
)


@pytest.mark.parametrize(("act", "title"), ACTS)
def test_acts(act, title):
    assert registry.get("explanation").rules[act].title == title


def test_a_ground_reads_like_its_article():
    grounds = {ground.code: str(ground.text) for ground in DECREE_59.grounds}

    assert grounds["R2c"] == "Nội dung đã được cơ quan có thẩm quyền thụ lý giải quyết."
    assert "chưa xác định được người thừa kế quyền, nghĩa vụ" in grounds["S1a"]
    assert grounds["E3"] == "Người yêu cầu giải trình rút toàn bộ yêu cầu giải trình."


REFUSALS = (
    (
        errors.WrongRole(title="Thông báo tiếp nhận", role=roles.EXPLAINER.label, law="NĐ59 Đ.4, Đ.11 k.4"),
        "“Thông báo tiếp nhận” chỉ do người giải trình thực hiện (NĐ59 Đ.4, Đ.11 k.4).",
    ),
    (
        errors.NotFromHere(title="Gia hạn giải trình", state="Tạm đình chỉ", law="NĐ59 Đ.13"),
        "Không thể thực hiện “Gia hạn giải trình” khi hồ sơ đang ở trạng thái “Tạm đình chỉ” (NĐ59 Đ.13).",
    ),
    (
        errors.ConditionUnmet(
            title="Thông báo tiếp nhận",
            why=conditions.is_affected(None, None, affected="no"),
            law="NĐ59 Đ.4 k.2",
        ),
        "Chưa thể thực hiện “Thông báo tiếp nhận”: chưa xác định được người yêu cầu giải trình bị tác động trực tiếp "
        "(NĐ59 Đ.4 k.2)",
    ),
)


@pytest.mark.parametrize(("refused", "sentence"), REFUSALS, ids=lambda value: type(value).__name__)
def test_a_refusal_names_its_article(refused, sentence):
    assert str(refused) == sentence


def test_a_deadline_is_told_day_by_day():
    told = sentences(due(DECREE_59.periods["decide"], date(2026, 2, 12), shipped()), law=DECREE_59)

    assert told[0] == "Thứ Năm 12/02/2026: ngày tiếp nhận yêu cầu giải trình, không tính (BLDS Đ.147 k.2)"
    assert told[1] == "Thứ Sáu 13/02/2026: ngày thứ 1 của thời hạn"
    assert re.fullmatch(r"hết hạn lúc 24 giờ Thứ \w+ \d\d/\d\d/2026; NĐ59 Đ.11 k.4", told[-1])


def test_warnings_count_in_their_own_unit():
    texts = {rung.name: str(rung.text) for rung in LADDERS["decide"]}

    assert texts["two_left"] == "Còn hai ngày làm việc."
    assert texts["inspectorate"] == "Quá hạn ba ngày làm việc: báo cơ quan thanh tra."


@pytest.mark.django_db
def test_the_table_for_lawyers_is_vietnamese():
    procedure = registry.get("explanation")
    table = describe.as_text(procedure, DECREE_59)

    assert "Tạm đình chỉ việc giải trình; thời gian tạm đình chỉ không tính vào thời hạn." in table
    assert not re.search(r"\b(the|requester|with)\b", table)


def test_english_is_there_for_who_chooses_it():
    with translation.override("en"):
        assert str(models.STATES["suspended"]) == "Suspended"
        assert registry.get("explanation").rules["refuse"].title == "Refuse"


@pytest.mark.parametrize("typed", ["05/12/2026", "2026-12-05", "05-12-2026"])
def test_officials_type_days_before_months(typed):
    assert DateField().clean(typed) == date(2026, 12, 5)
