"""Whoever with an account sees who asks leaves an entry that says so, on whatever page it is."""

import re
from datetime import timedelta
from html import unescape

import pytest

from notifications.models import Channel, Message
from tests import lives
from workflow import clock
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db

WHO = ("Nguyễn Văn An", "Thôn 1, xã Tân Hòa", "0900 000 001", "an@example.vn")
SEEN = ("viewed", "inspected", "paper_opened", "exported", "identity_seen")
ROOMS = ("/van-phong/", "/thanh-tra/", "/quan-tri/")
SEES = ("head", "explainer", "receiver", "clerk", "officer", "inspector")
STARTS = (*ROOMS, "/quan-tri/lich/", "/quan-tri/thu-gui/", "/quan-tri/mau-thu/", "/van-phong/thong-bao/")
MOST = 400


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    """A case that has gone through several hands, with a message that was given up."""
    who = {**lives.filing(office.agency)["requester"], "email": "an@example.vn"}
    found = lives.filed(office, requester=who)
    lives.act(office, found, "accept", "2026-03-05 10:00", "head")
    with lives.on("2026-03-05 10:00"):
        Message.objects.create(
            entry_id=1, case_id=found.pk, code=found.code, channel=Channel.MAIL, recipient="an@example.vn",
            subject="Thông báo", body="Kính gửi Nguyễn Văn An", state="dead", due_at=clock.now(), next_try_at=clock.now(),
        )  # fmt: skip
    return found


def links(page):
    """Return the addresses in our rooms that a page leads to by GET."""
    found = re.findall(r'href="(/[^"#]*)', page)
    return [unescape(one) for one in found if one.startswith(ROOMS)]


def crawled(client):
    """Yield every page that links lead to, each an hour after the one before, as (address, its text)."""
    waiting, known, at = list(STARTS), set(STARTS), lives.local("2026-03-06 09:00")
    while waiting and len(known) < MOST:
        url, at = waiting.pop(0), at + timedelta(hours=1)
        with clock.simulated(at):
            response = client.get(url)
            content = b"".join(response.streaming_content) if response.streaming else response.content
        text = content.decode(errors="replace")
        found = [response.url.split("#")[0]] if response.status_code == 302 else links(text)
        for one in found:
            if one.startswith(ROOMS) and one not in known:
                known.add(one)
                waiting.append(one)
        if response.status_code == 200:
            yield url, unescape(text)


@pytest.mark.parametrize(
    "role", ["head", "explainer", "receiver", "clerk", "officer", "inspector", "superior", "administrator"]
)
def test_no_identity_is_seen_without_a_trace(client, office, case, role):
    user = getattr(office, role)
    client.force_login(user)
    mine = LogEntry.objects.filter(actor=f"user:{user.pk}", transition__in=SEEN)
    shown, silent, before = [], [], 0
    for url, text in crawled(client):
        if any(word in text for word in WHO):
            shown.append(url)
            silent += [url] if mine.count() == before else []
        before = mine.count()
    assert silent == []
    assert shown or role not in SEES
