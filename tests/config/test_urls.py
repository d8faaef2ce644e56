"""The addresses that belong to no room."""

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse


@pytest.mark.django_db
def test_a_healthy_process_says_so_without_opening_a_session(client):
    response = client.get("/suc-khoe/")
    assert response.json() == {"status": "ok", "database": "ok"}
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_process_without_its_database_is_unhealthy(client, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", fail)
    assert client.get("/suc-khoe/").status_code == 503


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
