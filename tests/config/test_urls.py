"""The addresses that belong to no room."""

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse

from tests import lives
from workflow import escalation
from workflow.ledger import seal
from workflow.models import Outbox

KINDS = ("sweep", "delivery", "seal", "anchor")


@pytest.mark.django_db
def test_a_healthy_process_says_so_without_opening_a_session(client):
    response = client.get("/suc-khoe/")
    assert response.json() == {"status": "ok", "database": "ok", "lag_seconds": dict.fromkeys(KINDS, 0.0)}
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_process_without_its_database_is_unhealthy(client, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", fail)
    assert client.get("/suc-khoe/").status_code == 503
    assert "giaitrinh_up 0" in client.get("/suc-khoe/so-do/").content.decode()


@pytest.mark.django_db
def test_alarms_that_are_due_and_do_not_ring_turn_the_light_red(client):
    lives.filed(lives.Office(), "2026-10-05 09:00")  # silent from Tuesday 13/10 on
    seal.seal()
    Outbox.objects.update(taken_at=lives.local("2026-10-05 09:01"))
    with lives.on("2026-10-08 08:04"):  # the first warning should have rung at 08:00
        assert client.get("/suc-khoe/").json()["lag_seconds"] == dict.fromkeys(KINDS, 0.0) | {"sweep": 240.0}
    with lives.on("2026-10-08 08:06"):
        response = client.get("/suc-khoe/")
        assert (response.status_code, response.json()["red"]) == (503, ["sweep"])
        assert 'giaitrinh_lag_seconds{work="sweep"} 360.0' in client.get("/suc-khoe/so-do/").content.decode()
        escalation.sweep(lives.local("2026-10-08 08:06"))
        seal.seal()
        assert client.get("/suc-khoe/").status_code == 200


@pytest.mark.django_db
def test_the_content_policy_allows_nothing_foreign(client):
    policy = client.get("/suc-khoe/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.django_db
def test_the_language_can_be_switched(client):
    response = client.post(reverse("set_language"), {"language": "en", "next": "/suc-khoe/"})
    assert response["Location"] == "/suc-khoe/"
    assert response.cookies["django_language"].value == "en"
