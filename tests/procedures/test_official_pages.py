"""The official's pages: who sees what, every button an offer, nothing typed lost."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from tests import lives
from workflow import clock, engine, office
from workflow.actors import Requester
from workflow.calendar import due, shipped
from workflow.explain import event_name, sentences
from workflow.models import Case, LogEntry, OfficeWork, User

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PASSWORD = "mat-khau-du-dai-2026"


@pytest.fixture
def off():
    return lives.Office()


@pytest.fixture
def case(off):
    return engine.open("explanation", actor=Requester(None), **lives.filing(off.agency))


def seen_by(client, person):
    """Return the client, signed in."""
    client.force_login(person)
    return client


def url(case, act=""):
    return (
        reverse("workflow:office-act", args=[case.code, act])
        if act
        else reverse("workflow:office-case", args=[case.code])
    )


def today():
    return clock.legal_day(clock.now()).isoformat()


def scan(name="ban-quet.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def document(param, **more):
    return {
        f"{param}-number": "12/TB-UBND",
        f"{param}-dated_on": today(),
        **{f"{param}-{k}": v for k, v in more.items()},
    }


def accept(client, case, **changes):
    return client.post(url(case, "accept"), {"capacity": "yes", "affected": "yes", **document("notice"), **changes})


def reread(case):
    return type(case).objects.get(pk=case.pk)


# signing in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "room"), [("head", "/van-phong/"), ("inspector", "/thanh-tra/")])
def test_each_person_arrives_in_their_room(client, off, role, room):
    person = getattr(off, role)
    person.set_password(PASSWORD)
    person.save()
    answer = client.post("/dang-nhap/", {"username": person.username, "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, room)


def test_a_wrong_password_is_told_and_the_name_stays(client, off):
    answer = client.post("/dang-nhap/", {"username": "head", "password": "sai"})
    assert answer.status_code == 200
    assert 'value="head"' in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    ["/van-phong/", "/van-phong/ho-so/", "/van-phong/moi/", "/van-phong/viec/1/", "/van-phong/ho-so/GT-AAAA-AAAA/"],
)
def test_nobody_sees_the_office_without_signing_in(client, path):
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.url.startswith("/dang-nhap/")


# scope -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "superior", "administrator", "inspector"])
def test_a_case_of_another_agency_is_not_found(client, off, case, who):
    seen_by(client, getattr(off, who))
    paper = lives.paper(case, "T5")
    task = office.open_tasks(case)[0]
    for path in (
        url(case), url(case, "accept"), reverse("workflow:office-paper", args=[case.code, paper.pk]),
        reverse("workflow:office-task", args=[task.pk]),
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    assert client.post(reverse("workflow:office-take", args=[task.pk])).status_code == 404
    assert client.post(url(case, "accept"), {}).status_code == 404
    assert case.code not in client.get("/van-phong/", follow=False).content.decode()
    assert case.code not in client.get("/van-phong/ho-so/").content.decode()


@pytest.mark.parametrize("who", ["head", "explainer", "receiver", "clerk", "officer"])
@pytest.mark.parametrize("act", ["", "accept", "sign"])
def test_every_button_is_what_available_says(client, off, case, who, act):
    if act:
        engine.fire(case, "accept", actor=off.head, **lives.given(case, "accept"))
    if act == "sign":
        engine.fire(case, "sign", actor=off.head, **lives.given(case, "sign"))
    person = getattr(off, who)
    page = seen_by(client, person).get(url(case)).content.decode()
    for offer in engine.available(case, person):
        assert (f'data-act="{offer.rule.name}"' in page) == offer.allowed, offer.rule.name
        assert (f'data-refused="{offer.rule.name}"' in page) == (not offer.allowed), offer.rule.name


@pytest.mark.parametrize("act", ["", "accept", "sign", "refuse"])
def test_every_act_has_a_page(client, off, case, act):
    """A form where the act is offered, the refusal with its article where it is not."""
    if act == "refuse":
        engine.fire(case, "refuse", actor=off.head, **lives.given(case, "refuse"))
    elif act:
        engine.fire(case, "accept", actor=off.head, **lives.given(case, "accept"))
    if act == "sign":
        engine.fire(case, "sign", actor=off.head, **lives.given(case, "sign"))
    for who in ("head", "receiver", "clerk", "officer"):
        seen_by(client, getattr(off, who))
        for offer in engine.available(case, getattr(off, who)):
            answer = client.get(url(case, offer.rule.name))
            assert answer.status_code == (200 if offer.allowed else 409), (who, offer.rule.name)


def test_looking_at_who_asks_is_noted_once_an_hour(client, off, case):
    seen_by(client, off.officer)
    client.get(url(case))
    client.get(url(case))
    viewed = LogEntry.objects.filter(chain=f"agency:{off.agency.slug}", transition="viewed")
    assert [(entry.actor, entry.data["case"]) for entry in viewed] == [(f"user:{off.officer.pk}", case.code)]
    seen_by(client, off.head).get(url(case))
    assert viewed.all().count() == 2


def test_a_superior_sees_a_case_while_a_complaint_is_before_them(client, off, case):
    seen_by(client, off.superior)
    engine.fire(case, "refuse", actor=off.head, **lives.given(case, "refuse"))
    assert client.get(url(case)).status_code == 404
    engine.fire(case, "complain", actor=Requester(case.pk), **lives.given(case, "complain", object="refusal"))
    page = client.get(url(case))
    assert page.status_code == 200
    assert 'data-act="annul_refusal"' in page.content.decode()


# acts ------------------------------------------------------------------------------------------------------------


def test_a_request_goes_from_the_inbox_to_the_requester(client, off, case):
    seen_by(client, off.head)
    assert case.code in client.get("/van-phong/").content.decode()
    assert accept(client, case).status_code == 302
    task = office.open_tasks(case)[0]
    page = reverse("workflow:office-task", args=[task.pk])
    room = lives.agency("phong-kt", "Phòng Kinh tế", "department", off.agency)
    helper = off.person("officer", room, "chuyen-vien-phong")
    data = {"handler": off.officer.pk, "departments": [room.pk], "asked": "Căn cứ nào?"}
    assert client.post(page, data).status_code == 302
    asked = reverse("workflow:office-task", args=[office.open_tasks(case)[0].pk])
    shown = seen_by(client, helper).get(asked).content.decode()
    assert "Căn cứ nào?" in shown
    assert "Nguyễn Văn An" not in shown
    assert client.get(url(case)).status_code == 404
    assert client.post(asked, {"opinion": "Điều 79 Luật Đất đai."}).status_code == 302
    draft = reverse("workflow:office-task", args=[office.open_tasks(case)[0].pk])
    shown = seen_by(client, off.officer).get(draft).content.decode()
    assert "Điều 79 Luật Đất đai." in shown
    written = {"legal_basis": "Luật Đất đai 2024", "session": "", "answers-1": "Theo Điều 79."}
    assert client.post(draft, written).status_code == 302
    shown = seen_by(client, off.explainer).get(url(case, "sign")).content.decode()
    assert "Theo Điều 79." in shown
    assert "Điều 79 Luật Đất đai." in shown
    answer = client.post(
        url(case, "sign"),
        {**document("answer", summary="Trả lời"), "legal_basis": "Luật", "session": "", "answers-1": "Theo Điều 79."},
    )
    assert answer.status_code == 302, answer.content.decode()
    answer = seen_by(client, off.clerk).post(url(case, "send"), {"delivery": "post", "proof": "RN123"})
    assert answer.status_code == 302
    assert reread(case).state == "sent"
    assert office.open_tasks(case) == []
    done = [work.status for work in OfficeWork.objects.filter(case=case).order_by("pk")]
    assert done == ["DONE", "DONE"]


def test_what_was_typed_stays_when_an_act_is_refused(client, off, case):
    answer = accept(seen_by(client, off.head), case, affected="unknown", **{"notice-summary": "Về việc tiếp nhận"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "NĐ59 Đ.4" in page
    assert "Về việc tiếp nhận" in page
    assert "12/TB-UBND" in page
    assert reread(case).state == "received"
    assert not case.documents.exists()
    assert LogEntry.objects.filter(chain="security", transition="refused").count() == 1


def test_a_refusal_names_a_ground_for_each_question(client, off, case):
    data = {**document("notice"), "refusals-1-reason": "Nội dung nội bộ."}
    assert seen_by(client, off.head).post(url(case, "refuse"), data).status_code == 422
    assert client.post(url(case, "refuse"), {**data, "refusals-1-ground": "R2a"}).status_code == 302
    assert reread(case).state == "refused"


def test_the_document_dates_the_act(client, off):
    case = lives.filed(off, "2026-10-05 09:00")
    answer = accept(seen_by(client, off.head), case, **{"notice-dated_on": "2026-10-07"})
    assert answer.status_code == 302
    entry = LogEntry.objects.get(chain=case.chain, transition="accept")
    assert clock.legal_day(entry.at).isoformat() == "2026-10-07"
    assert reread(case).clock("explain").anchor_on.isoformat() == "2026-10-07"


@pytest.mark.parametrize("day", ["2026-10-02", "2099-01-01"])
def test_a_document_of_an_impossible_day_is_refused_beside_its_field(client, off, day):
    case = lives.filed(off, "2026-10-05 09:00")
    answer = accept(seen_by(client, off.head), case, **{"notice-dated_on": day})
    assert answer.status_code == 422
    assert "notice-dated_on" in answer.context["form"].errors


def test_an_extension_can_be_previewed(client, off, case):
    engine.fire(case, "accept", actor=off.head, **lives.given(case, "accept"))
    answer = seen_by(client, off.head).post(url(case, "extend"), {"days": "10", "reason": "Phức tạp", "preview": "1"})
    assert answer.status_code == 200
    clock_of = reread(case).clock("explain")
    assert (answer.context["preview"].nominal - clock_of.nominal_on).days == 10
    assert "Phức tạp" in answer.content.decode()
    assert not answer.context["form"].errors


@pytest.mark.parametrize(
    ("name", "content", "fits"),
    [
        ("a.pdf", PDF, True),
        ("a.pdf", b"<script>alert(1)</script>", False),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, True),
        ("a.exe", b"MZ" + b"\0" * 100, False),
        ("a.docx", b"PK\x03\x04" + b"\0" * 100, False),
    ],
)
def test_files_are_judged_by_their_content(client, off, case, name, content, fits):
    answer = accept(seen_by(client, off.head), case, **{"notice-scan": scan(name, content)})
    assert answer.status_code == (302 if fits else 422)
    if fits:
        paper = case.documents.get()
        saved = client.get(reverse("workflow:office-paper", args=[case.code, paper.pk]))
        assert b"".join(saved.streaming_content) == content
        assert "attachment" in saved["Content-Disposition"]


def test_a_file_that_is_too_large_is_refused(client, off, case, settings):
    settings.UPLOAD_MAX_BYTES = 10
    answer = accept(seen_by(client, off.head), case, **{"notice-scan": scan()})
    assert answer.status_code == 422
    assert "notice-scan" in answer.context["form"].errors


# on paper --------------------------------------------------------------------------------------------------------


def test_a_clerk_enters_what_the_head_signed_on_paper(client, off, case):
    seen_by(client, off.clerk)
    assert 'data-paper="accept"' in client.get(url(case)).content.decode()
    path = f"{url(case, 'accept')}?thay=nguoi-ky"
    data = {"signer": off.head.pk, "capacity": "yes", "affected": "yes", **document("notice")}
    assert client.post(path, data).status_code == 422
    assert client.post(path, {**data, "notice-scan": scan()}).status_code == 302
    entry = LogEntry.objects.get(chain=case.chain, transition="accept")
    assert (entry.actor, entry.on_behalf_of) == (f"user:{off.clerk.pk}", f"user:{off.head.pk}")


def test_a_clerk_enters_a_withdrawal_on_paper(client, off, case):
    path = f"{url(case, 'withdraw')}?thay=nguoi-yeu-cau"
    data = {"statement": "Tôi rút.", "record-dated_on": today(), "record-scan": scan()}
    assert seen_by(client, off.receiver).post(path, data).status_code == 302
    assert reread(case).state == "terminated"
    entry = LogEntry.objects.get(chain=case.chain, transition="withdraw")
    assert (entry.actor, entry.on_behalf_of) == (f"user:{off.receiver.pk}", "requester")


@pytest.mark.parametrize("who", ["officer", "receiver"])
def test_nobody_else_signs_for_the_head(client, off, case, who):
    path = f"{url(case, 'accept')}?thay=nguoi-ky"
    data = {"signer": off.head.pk, "capacity": "yes", "affected": "yes", **document("notice"), "notice-scan": scan()}
    assert seen_by(client, getattr(off, who)).post(path, data).status_code in (409, 422)
    assert reread(case).state == "received"


# the counter -----------------------------------------------------------------------------------------------------


def counter(off, **changes):
    return {
        "agency": off.agency.pk, "channel": "written", "arrived_on": today(), "kind": "person", "name": "Lê Thị Bé",
        "address": "Thôn 3", "question_1": "Vì sao thu phí?", "types_1": ["content"], "signature": "paper", **changes,
    }  # fmt: skip


def test_a_paper_request_is_registered_once(client, off):
    seen_by(client, off.receiver)
    data = counter(off, once="abc", scan=scan(), arrived_on="2026-10-05")
    first = client.post("/van-phong/moi/", data)
    assert first.status_code == 302, first.context["form"].errors
    second = client.post("/van-phong/moi/", counter(off, once="abc"))
    assert second.url == first.url
    case = Case.objects.get()
    assert clock.legal_day(case.opened_at).isoformat() == "2026-10-05"
    assert LogEntry.objects.get(chain=case.chain).on_behalf_of == "requester"
    assert case.documents.get().kind == "record"
    receipt = client.get(first.url)
    assert engine.hash_secret(receipt.context["secret"]) == case.secret_hash
    assert [task.flow_task.name for task in office.open_tasks(case)] == ["check"]


def test_an_oral_request_needs_what_the_law_asks_and_keeps_what_was_typed(client, off):
    seen_by(client, off.receiver)
    answer = client.post("/van-phong/moi/", counter(off, channel="in_person", address="", scan=scan()))
    assert answer.status_code == 422
    assert "NĐ59 Đ.10 k.2 a" in answer.content.decode()
    assert "Vì sao thu phí?" in answer.content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize("who", ["head", "officer", "administrator"])
def test_only_the_counter_registers(client, off, who):
    assert seen_by(client, getattr(off, who)).get("/van-phong/moi/").status_code == 403


# lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/van-phong/", "/van-phong/ho-so/"])
def test_a_list_costs_the_same_however_long_it_is(client, off, path, django_assert_max_num_queries):
    seen_by(client, off.head)
    costs = []
    for more in (5, 45):
        for _ in range(more):
            engine.open("explanation", actor=Requester(None), **lives.filing(off.agency))
        with django_assert_max_num_queries(12) as counted:
            assert client.get(path).status_code == 200
        costs.append(len(counted))
    assert costs[0] == costs[1], costs


def test_the_inbox_shows_what_is_due_first_and_marks_what_is_late(client, off):
    late = lives.filed(off, "2026-03-02 09:00")
    new = engine.open("explanation", actor=Requester(None), **lives.filing(off.agency))
    answer = seen_by(client, off.receiver).get("/van-phong/")
    assert [row.case.code for row in answer.context["queue"]] == [late.code, new.code]
    assert [row.due.tone for row in answer.context["queue"]] == ["late", "ok"]
    assert answer.context["late"] == 1
    only = client.get("/van-phong/ho-so/", {"tre": "1"})
    assert [row.case.code for row in only.context["rows"]] == [late.code]


def test_pages_of_cases_follow_each_other(client, off):
    codes = [engine.open("explanation", actor=Requester(None), **lives.filing(off.agency)).code for _ in range(32)]
    seen_by(client, off.head)
    first = client.get("/van-phong/ho-so/")
    second = client.get(f"/van-phong/ho-so/?{first.context['more']}")
    shown = [row.case.code for answer in (first, second) for row in answer.context["rows"]]
    assert shown == codes[::-1]
    assert second.context["more"] == ""


@pytest.mark.parametrize(
    "path",
    [
        "/van-phong/ho-so/?ma=%00&truoc=99999999999999999999&trang-thai=%00&tre=x",
        "/van-phong/ho-so/?ma=%25%27--&truoc=-1",
        "/van-phong/viec/99999999999999999999999/",
        "/van-phong/ho-so/GT-0000-0000/",
        "/van-phong/ho-so/GT-0000-0000/accept/?thay=%00",
    ],
)
def test_a_strange_address_breaks_nothing(client, off, path):
    assert seen_by(client, off.head).get(path).status_code in (200, 404)


@pytest.mark.parametrize("bad", ["\x00", "a" * 70, "\x07"])
def test_a_strange_number_is_refused_or_kept_but_breaks_nothing(client, off, case, bad):
    answer = accept(seen_by(client, off.head), case, **{"notice-number": bad})
    assert answer.status_code in (302, 422)


def test_a_task_is_taken_and_given_back(client, off, case):
    seen_by(client, off.head)
    task = office.open_tasks(case)[0]
    path = reverse("workflow:office-take", args=[task.pk])
    client.post(path)
    assert [row.case.code for row in client.get("/van-phong/").context["mine"]] == [case.code]
    shown = seen_by(client, off.explainer).get("/van-phong/").context
    assert (shown["queue"], len(shown["others"])) == ([], 1)
    seen_by(client, off.head).post(path, {"giveback": "1"})
    assert client.get("/van-phong/").context["mine"] == []


def test_a_person_who_left_sees_nothing(client, off, case):
    seen_by(client, off.head)
    off.head.appointments.update(ends_on="2020-12-31")
    assert client.get(url(case)).status_code == 404
    assert client.get("/van-phong/").context["queue"] == []
    User.objects.filter(pk=off.head.pk).update(is_active=False)
    assert client.get(url(case)).status_code == 302


def test_the_decision_after_a_withdrawal_stands_in_the_inbox_though_no_task_leads_to_it(client, off, case):
    engine.fire(case, "withdraw", actor=Requester(case.pk), statement="Tôi xin rút.")
    page = seen_by(client, off.head).get("/van-phong/").content.decode()
    assert f"/van-phong/ho-so/{case.code}/" in page
    engine.fire(case, "issue_termination", actor=off.head, **lives.given(case, "issue_termination"))
    assert case.code not in client.get("/van-phong/").content.decode()


def test_the_letter_begins_with_the_same_days_as_the_pages(client, off, case):
    page = seen_by(client, off.head).get(url(case, "accept")).content.decode()
    period = case.law.periods["explain"]
    with translation.override("vi"):
        told = sentences(due(period, date.fromisoformat(today()), shipped()), period, event=event_name(period.anchor))
    for sentence in told:
        assert escape(f"– {sentence}") in page
    assert "– " not in client.get(url(case, "refuse")).content.decode()
