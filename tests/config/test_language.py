"""Vietnamese first, English by choice."""

import pytest

pytestmark = pytest.mark.django_db


def language_of(client, **headers):
    return client.get("/", headers=headers)["Content-Language"]


def test_an_english_browser_is_answered_in_vietnamese(client):
    assert language_of(client, accept_language="en-US,en;q=0.9") == "vi"


def test_the_readers_own_choice_is_kept(client):
    client.post("/ngon-ngu/setlang/", {"language": "en", "next": "/"})
    assert language_of(client, accept_language="vi") == "en"
