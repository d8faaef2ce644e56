"""Every document that an act makes, as PDF: in the official form, with what the law demands, and checkable."""

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from procedures.complaint.law import CONTENTS
from tests import appeals, lives
from workflow import citations, engine, letters, printing, registry, typesetting
from workflow.faces import face
from workflow.ledger import canonical
from workflow.ledger.seal import seal
from workflow.models import Case, Document, LawConfirmation, LogEntry

pytestmark = pytest.mark.django_db
DAY = "2026-10-05 09:00"
PROCEDURES = ("explanation", "complaint", "complaint_second")
HOSTILE = '#import "/etc/passwd": * #panic() $x$ *đậm* _nghiêng_ <nhãn> @ref \\u{1F600} // ghi chú /* */ `mã` "'


def kind_of(rule):
    return next((param.kinds[0] for param in rule.params.values() if param.kinds), "")


def made_by(procedure):
    """Yield the acts of a procedure that make a document, with its kind."""
    looks = face(procedure)
    for rule in registry.get(procedure).rules.values():
        if looks.of(looks.sheets, rule.name, kind_of(rule)):
            yield rule.name


MADE = [(procedure, act) for procedure in PROCEDURES for act in made_by(procedure)]


@pytest.fixture
def office():
    return appeals.Office()


def case_of(office, procedure, **changes):
    """Return a case of a procedure, just opened."""
    if procedure == "explanation":
        return lives.filed(office, DAY, **changes)
    request = appeals.refused(office, "2026-09-07 09:00", "2026-09-08")
    first = appeals.lodged(request, "2026-09-09 09:00", **({} if procedure == "complaint_second" else changes))
    if procedure == "complaint":
        return first
    appeals.through(office, first, "2026-09-10 09:00", ("not_accept", "head"))
    return appeals.appealed(first, office, DAY, **changes)


def given(case, act, **changes):
    """Return what is given with an act, but for its papers."""
    of = lives if case.procedure_name == "explanation" else appeals
    data = of.given(case, act, **changes)
    return {name: value for name, value in data.items() if not isinstance(value, Document)}


def draft(office, procedure, act, case=None, **changes):
    """Return the document of an act on a fresh case."""
    case = case or case_of(office, procedure)
    rule = registry.get(procedure).rules[act]
    office.head.title = "Chủ tịch Ủy ban nhân dân xã"
    typed = {
        "number": "12/QĐ-UBND", "dated_on": date(2026, 10, 5), "summary": "", "body": "", "signer": office.head,
    }  # fmt: skip
    data = changes.pop("data", None)
    with lives.on(DAY):
        data = given(case, act) if data is None else data
    return printing.Draft(case, rule, kind_of(rule), data, **{**typed, **changes})


def content(document):
    """Return the file of a document."""
    with document.file.open("rb") as file:
        return file.read()


def read(pdf):
    """Return what a PDF says, with every white space as one blank."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def plain(text):
    return " ".join(str(text).split())


# what it says ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("procedure", "act"), MADE)
def test_every_document_has_the_official_form_its_contents_and_its_articles(office, procedure, act):
    made = draft(office, procedure, act)
    text = read(printing.pdf(made))
    case, law = made.case, made.law
    with translation.override("vi"):
        sheet = made.sheet
        wanted = [
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", case.agency.name.upper(),
            "Số: 12/QĐ-UBND", "ngày 05 tháng 10 năm 2026", str(sheet.title).upper(), made.about,
            "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ", office.head.full_name, case.requester["name"], f"Hồ sơ {case.code}.", law.name,
        ]  # fmt: skip
        for line in printing.lines(made):
            wanted += [str(line.label), *line.text.split("\n"), citations.spelled(citations.in_force(line.cite, law))]
        first = law.cite(made.rule.law).split(";")[0].partition(" ")[2]
        wanted += [f"Căn cứ {citations.places(first)[0]}", *(str(order) % made.names for order in sheet.orders)]
    wanted = [plain(one) for one in wanted]
    assert [one for one in wanted if one not in text] == []


def lengthened(value):
    """Return what is given with an act with long texts in place of its short ones."""
    match value:
        case str() if " " in value:
            return "\n".join(f"{value} Đoạn {n} " + "của văn bản dài " * 40 for n in range(8))
        case dict():
            return {key: lengthened(one) for key, one in value.items()}
        case list():
            return [lengthened(one) for one in value]
    return value


@pytest.mark.parametrize(("procedure", "act"), MADE)
def test_every_document_takes_long_texts(office, procedure, act):
    case = case_of(office, procedure)
    with lives.on(DAY):
        data = lengthened(given(case, act))
    made = draft(
        office, procedure, act, case, data=data, summary="Về việc rất dài " * 18, body=lengthened("Nội dung .")
    )
    text = read(printing.pdf(made))
    with translation.override("vi"):
        told = [plain(part)[:60] for line in printing.lines(made) for part in line.text.split("\n")]
    assert all(f"Nội dung . Đoạn {n}" in text for n in range(8))
    assert [one for one in told if text.count(one) < told.count(one)] == []


@pytest.mark.parametrize(("act", "instance"), [(act, one) for act in CONTENTS for one in ("first", "second")])
def test_a_document_names_each_content_as_the_law_does(office, act, instance):
    procedure = {"first": "complaint", "second": "complaint_second"}[instance]
    asked = CONTENTS[act][instance]
    contents = {one.key: f"Nội dung thứ {n}." for n, one in enumerate(asked)}
    case = case_of(office, procedure)
    with lives.on(DAY):
        data = given(case, act, contents=contents)
    text = read(printing.pdf(draft(office, procedure, act, case, data=data)))
    with translation.override("vi"):
        for one in asked:
            assert f"{plain(one.label)} ({citations.spelled(one.cite)}" in text
            assert contents[one.key] in text


def test_only_the_law_in_force_for_the_case_is_cited(office):
    request = appeals.refused(office, "2026-05-04 09:00", "2026-05-05")
    before = appeals.lodged(request, "2026-05-06 09:00")
    old, new = (
        read(printing.pdf(draft(office, "complaint", "accept", case, dated_on=on)))
        for case, on in ((before, date(2026, 5, 7)), (case_of(office, "complaint"), date(2026, 10, 5)))
    )
    assert "Điều 27" in old
    assert "NĐ155" not in old
    assert "Mẫu 02 NĐ155" in new


def test_a_document_says_that_nobody_has_confirmed_its_law_until_somebody_has(office):
    made = draft(office, "complaint", "accept")
    assert "chưa có luật gia xác nhận" in read(printing.pdf(made))
    LawConfirmation.objects.create(
        procedure="complaint", version=made.law.name, document="1/XN", confirmed_by="LS", confirmed_on=date(2026, 7, 1)
    )
    assert "chưa có luật gia xác nhận" not in read(printing.pdf(made))


def test_an_empty_part_is_left_out(office):
    case = case_of(office, "complaint")
    with lives.on(DAY):
        data = given(case, "decide")
    data["contents"] = {**data["contents"], "compensation": ""}
    text = read(printing.pdf(draft(office, "complaint", "decide", case, data=data)))
    with translation.override("vi"):
        labels = {one.key: plain(one.label) for one in CONTENTS["decide"]["first"]}
    assert labels["compensation"] not in text
    assert labels["rights"] in text


def test_a_substitute_names_the_paper_that_empowers_them(office):
    from workflow.models import Delegation

    lent = Delegation.objects.create(
        principal=office.head, substitute=office.officer, agency=office.agency, role="head", document="07/UQ-UBND",
        starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31),
    )  # fmt: skip
    text = read(printing.pdf(draft(office, "complaint", "accept", signer=office.officer, post=f"delegation:{lent.pk}")))
    assert "07/UQ-UBND" in text
    assert office.head.full_name in text


# texts of people -----------------------------------------------------------------------------------------------------


def test_what_people_write_is_never_markup(office):
    case = case_of(office, "complaint", requester={**lives.filing(None)["requester"], "name": f"An {HOSTILE}"})
    contents = {one.key: HOSTILE for one in CONTENTS["accept"]["first"]}
    with lives.on(DAY):
        data = given(case, "accept", contents=contents)
    body = f"{HOSTILE}\n\n= Không phải tiêu đề\n- không phải danh sách"
    text = read(printing.pdf(draft(office, "complaint", "accept", case, data=data, body=body, summary=HOSTILE)))
    assert text.count(plain(HOSTILE)) >= 5
    assert "= Không phải tiêu đề - không phải danh sách" in text


def test_letters_that_no_font_draws_are_told_by_number_and_decomposed_ones_are_put_together(office):
    import unicodedata

    body = unicodedata.normalize("NFD", "Ngữ nghĩa tiếng Việt: ễ ộ ữ") + " 😀 中\u200b"
    text = read(printing.pdf(draft(office, "complaint", "accept", body=body)))
    assert "Ngữ nghĩa tiếng Việt: ễ ộ ữ [U+1F600] [U+4E2D]" in text


def test_a_long_text_goes_on_over_pages_and_nothing_is_lost(office):
    body = "\n".join(f"Đoạn {n}: {'nội dung giải quyết ' * 12}hết đoạn {n}." for n in range(150))
    pdf = printing.pdf(draft(office, "complaint", "accept", body=body))
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 5
    text = read(pdf)
    assert all(f"hết đoạn {n}." in text for n in range(150))


@pytest.mark.parametrize("act", ["not_accept", "accept", "suspend"])
def test_a_letter_begins_with_what_its_reader_waits_for_and_not_with_the_office_s_own_papers(office, act):
    case = case_of(office, "complaint")
    with lives.on(DAY):
        first = letters.proposed(case, registry.get("complaint").rules[act], date(2026, 10, 5))
    assert "Copies of the notice" not in first
    assert "Sending" not in first
    assert ("First decision" in first) is (act == "accept")


def test_the_fonts_go_along(office):
    reader = PdfReader(io.BytesIO(printing.pdf(draft(office, "complaint", "accept"))))
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(inner)


# the same data, the same bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["accept", "decide"])
def test_the_same_data_gives_the_same_bytes_at_any_time(office, act):
    made = draft(office, "complaint", act)
    with lives.on("2026-10-05 10:00"):
        one = printing.pdf(made)
    with lives.on("2027-01-05 10:00"):
        assert printing.pdf(made) == one
    assert printing.pdf(draft(office, "complaint", act, made.case, number="13/QĐ-UBND")) != one


def test_it_prints_the_latest_root_and_the_code_of_the_entry_that_will_cite_it(office, client):
    case = case_of(office, "complaint")
    assert "Sổ nhật ký chưa có điểm chốt" in read(printing.pdf(draft(office, "complaint", "accept", case)))
    checkpoint = seal()
    text = read(printing.pdf(draft(office, "complaint", "accept", case)))
    assert checkpoint.root in text
    assert str(checkpoint.size) in text
    code = re.search(rf"{case.code}\.2\.[0-9a-f]{{16}}", text)[0]
    assert client.get(reverse("workflow:verify"), {"ma": code}).status_code == 422
    appeals.act(office, case, "accept", DAY, "head")
    page = client.get(reverse("workflow:verify"), {"ma": code})
    assert page.context["entry"].transition == "accept"
    assert "01/K1" in page.content.decode()


def test_a_receipt_does_not_open_the_entry_after_its_own(office, client):
    case = case_of(office, "complaint")
    appeals.act(office, case, "accept", DAY, "head")
    first = LogEntry.objects.get(chain=case.chain, seq=1)
    page = client.get(reverse("workflow:verify"), {"ma": f"{case.code}.2.{first.hash[:16]}"})
    assert page.status_code == 422
    assert page.context.get("entry") is None


def test_a_draft_says_that_it_is_one_and_bears_no_code(office):
    text = read(printing.pdf(draft(office, "complaint", "accept"), is_final=False))
    assert "DỰ THẢO" in text
    assert "mã kiểm chứng" not in text


# through the page ----------------------------------------------------------------------------------------------------


def typed(case, act="accept", **changes):
    contents = {f"contents-{one.key}": "Theo quy định." for one in CONTENTS[act][case.instance]}
    return {**contents, "notice-number": "12/TB-UBND", "notice-dated_on": "2026-10-05", "notice-body": "", **changes}


@pytest.fixture
def lodged(office):
    return case_of(office, "complaint")


@pytest.fixture
def send(client, office, settings, tmp_path, lodged):
    """Return how the head sends the form of an act on the day, into a store of its own."""
    settings.MEDIA_ROOT = tmp_path
    client.force_login(office.head)

    def sent(act="accept", **changes):
        with lives.on(DAY):
            return client.post(reverse("workflow:office-act", args=[lodged.code, act]), typed(lodged, act, **changes))

    return sent


def files(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_act_puts_the_document_on_file_under_the_digest_that_the_log_cites(send, client, lodged, tmp_path):
    assert send().status_code == 302
    document = Document.objects.get(case=lodged, kind="K1")
    stored = content(document)
    assert stored.startswith(b"%PDF-")
    assert document.file_name == f"{lodged.code}-thong-bao-thu-ly-giai-quyet-khieu-nai.pdf"
    entry = LogEntry.objects.get(chain=lodged.chain, transition="accept")
    assert list(canonical.documents(entry.data)) == [(document.pk, document.digest)]
    assert f"{lodged.code}.{entry.seq}." in read(stored)
    answer = client.get(reverse("workflow:office-paper", args=[lodged.code, document.pk]))
    assert b"".join(answer.streaming_content) == stored
    assert answer["Content-Type"] == "application/pdf"
    assert len(files(tmp_path)) == 1


def test_a_file_that_is_handed_in_stays_the_document(send, lodged):
    scan = SimpleUploadedFile("ban-ky.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    assert send(**{"notice-scan": scan}).status_code == 302
    assert Document.objects.get(case=lodged, kind="K1").file_name == "ban-ky.pdf"


@pytest.mark.parametrize(
    "wrong",
    [{"contents-accepted": ""}, {"notice-number": ""}, {"notice-dated_on": "2026-09-01"}, {"notice-dated_on": "2026-10-06"}],
)  # fmt: skip
def test_a_refused_act_stores_nothing(send, lodged, tmp_path, wrong):
    answer = send(**wrong)
    assert answer.status_code == 422
    assert not Document.objects.filter(case=lodged, kind="K1").exists()
    assert files(tmp_path) == []
    assert Case.objects.get(pk=lodged.pk).state == "lodged"


def test_a_missing_content_blocks_the_act_with_its_sentence(office, lodged):
    from workflow import errors

    with lives.on(DAY), translation.override("vi"), pytest.raises(errors.ConditionUnmet) as refused:
        engine.fire(lodged, "accept", actor=office.head, **appeals.given(lodged, "accept", contents={"received": "x"}))
    with translation.override("vi"):
        assert str(CONTENTS["accept"]["first"][1].label) in str(refused.value)


def test_what_cannot_be_made_is_told_and_nothing_is_stored(send, lodged, tmp_path, monkeypatch):
    def fails(*args, **more):
        raise typesetting.typst.TypstError("no")

    monkeypatch.setattr(typesetting.typst, "compile", fails)
    answer = send()
    assert answer.status_code == 422
    with translation.override("vi"):
        assert str(typesetting.NotTypeset()) in answer.content.decode()
    assert "Theo quy định." in answer.content.decode()
    assert files(tmp_path) == []
    assert Case.objects.get(pk=lodged.pk).state == "lodged"


def test_nothing_is_made_for_a_person_who_may_not_act(send, client, office, monkeypatch):
    client.force_login(office.officer)
    monkeypatch.setattr(printing, "pdf", lambda *args, **more: pytest.fail("a document was made"))
    assert send().status_code == 422


def test_it_is_made_before_the_case_is_locked_and_anew_if_the_case_has_moved(send, office, lodged, monkeypatch):
    from django.db import connection

    times, make = [], printing.pdf

    def slow(draft, **more):
        times.append(len(connection.savepoint_ids))
        made = make(draft, **more)
        if len(times) == 1:
            appeals.act(office, lodged, "withdraw_part", DAY, "requester")
        return made

    monkeypatch.setattr(printing, "pdf", slow)
    assert send().status_code == 302
    assert times == [times[0]] * 2
    entry = LogEntry.objects.get(chain=lodged.chain, transition="accept")
    assert f"{lodged.code}.{entry.seq}." in read(content(Document.objects.get(case=lodged, kind="K1")))


def test_the_decision_goes_on_the_file_of_what_it_is_about(send, client, office, lodged):
    request = lodged.attacked
    appeals.through(office, lodged, "2026-09-10 09:00", ("accept", "head"), *appeals.VERIFIED)
    answer = send(
        "decide", outcome="cancel", conclusion="right", **{"decision-number": "5/QĐ", "decision-dated_on": "2026-10-05"}
    )
    assert answer.status_code == 302
    decision, copy = (
        Document.objects.get(case=case, kind=kind) for case, kind in ((lodged, "K8"), (request, "complaint"))
    )
    assert content(copy) == content(decision)
    assert copy.file_name == decision.file_name
    client.logout()
    Case.objects.filter(pk=request.pk).update(secret_hash=engine.hash_secret("AAAA"))
    client.post(reverse("explanation:follow"), {"code": request.code, "secret": "AAAA"})
    page = client.get(reverse("explanation:paper", args=[request.code, copy.pk]))
    assert page["Content-Type"] == "application/pdf"
    assert b"".join(page.streaming_content) == content(decision)


def test_the_document_is_shown_before_the_act(send, lodged):
    answer = send(print="1")
    assert answer["Content-Type"] == "application/pdf"
    assert "DỰ THẢO" in read(answer.content)
    assert Case.objects.get(pk=lodged.pk).state == "lodged"
    assert not Document.objects.filter(case=lodged, kind="K1").exists()


def test_asking_to_see_the_document_never_does_the_act(send, client, office, lodged):
    scan = SimpleUploadedFile("ban-ky.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    assert "DỰ THẢO" in read(send(print="1", **{"notice-scan": scan}).content)
    client.force_login(office.officer)
    assert send(print="1")["Content-Type"].startswith("text/html")
    assert Case.objects.get(pk=lodged.pk).state == "lodged"
    appeals.through(office, lodged, DAY, ("accept", "head"), *appeals.VERIFIED, ("decide", "head"))
    client.force_login(office.clerk)
    with lives.on(DAY):
        url = reverse("workflow:office-act", args=[lodged.code, "send"])
        told = {"delivery": "post", "proof": "RN1", "recipients": ["superior", "inspectorate"], "print": "1"}
        assert client.post(url, told)["Content-Type"].startswith("text/html")
    assert Case.objects.get(pk=lodged.pk).state == "decided"


def test_the_document_is_for_those_who_may_see_the_case(send, client, office, lodged):
    send()
    document = Document.objects.get(case=lodged, kind="K1")
    address = reverse("workflow:office-paper", args=[lodged.code, document.pk])
    for_citizens = reverse("explanation:paper", args=[lodged.code, document.pk])
    client.force_login(office.stranger)
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302
    assert client.get(for_citizens).status_code != 200
    Case.objects.filter(pk=lodged.pk).update(secret_hash=engine.hash_secret("AAAA"))
    client.post(reverse("explanation:follow"), {"code": lodged.code, "secret": "AAAA"})
    answer = client.get(for_citizens)
    assert b"".join(answer.streaming_content) == content(document)


def test_a_request_for_explanation_gets_its_documents_the_same_way(client, office, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    case = case_of(office, "explanation")
    client.force_login(office.head)
    given = {"capacity": "yes", "affected": "yes", "notice-number": "9/TB-UBND", "notice-dated_on": "2026-10-05"}
    with lives.on(DAY):
        assert client.post(reverse("workflow:office-act", args=[case.code, "accept"]), given).status_code == 302
    document = Document.objects.get(case=case, kind="T5")
    assert "9/TB-UBND" in read(content(document))
    with translation.override("vi"):
        assert document.summary == "Về việc tiếp nhận yêu cầu giải trình của Nguyễn Văn An"
