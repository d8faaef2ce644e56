"""How late the telling is, and that everybody can see it."""

import pytest

from notifications import fanout, lag
from notifications.models import Message
from tests import lives
from workflow.ledger import seal

pytestmark = pytest.mark.django_db


def test_nothing_waits_and_nothing_lags():
    assert lag.seconds(lives.local("2026-10-06 09:00")) == 0


def test_an_entry_that_nobody_was_told_of_turns_the_light_red_after_five_minutes(client):
    person = {**lives.filing(None)["requester"], "email": "an@example.com"}
    lives.filed(lives.Office(), "2026-10-05 09:00", requester=person)
    seal.seal()
    with lives.on("2026-10-05 09:05"):
        assert client.get("/suc-khoe/").json()["lag_seconds"]["delivery"] == 300
        assert client.get("/suc-khoe/").status_code == 200
    with lives.on("2026-10-05 09:06"):
        assert client.get("/suc-khoe/").json()["red"] == ["delivery"]
        assert client.get("/suc-khoe/").status_code == 503
        assert 'giaitrinh_lag_seconds{work="delivery"} 360.0' in client.get("/suc-khoe/so-do/").content.decode()


def test_a_message_counts_from_when_it_was_due_however_often_it_was_put_off():
    person = {**lives.filing(None)["requester"], "email": "an@example.com"}
    lives.filed(lives.Office(), "2026-10-05 09:00", requester=person)
    fanout.fan_out(lives.local("2026-10-05 09:01"))
    Message.objects.filter(channel="mail").update(next_try_at=lives.local("2026-10-05 10:00"), attempts=5)
    assert lag.seconds(lives.local("2026-10-05 09:31")) == 30 * 60
    Message.objects.filter(channel="mail").update(state="dead")
    assert lag.seconds(lives.local("2026-10-05 09:31")) == 0
