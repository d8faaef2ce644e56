"""Single sign-on against a real provider on loopback, and against providers that lie."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from tests.workflow.accounts.people import PASSWORD, code, is_in, noted, sign_in, with_app, with_password
from tests.workflow.accounts.provider import CLIENT, Provider, new_key
from workflow.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_once")]
START, FINISH = "/dang-nhap/dien-tu/sso/", "/dang-nhap/dien-tu/sso/ket-qua/"


@pytest.fixture
def provider(settings):
    with Provider() as one:
        settings.OPENID = one.settings()
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [settings.OPENID]}}
        yield one


@pytest.fixture
def person(off):
    """Somebody whose account is linked to the provider's subject."""
    user = with_password(off.receiver)
    SocialAccount.objects.create(user=user, provider="sso", uid="001099012345")
    return user


def asked(client, query=""):
    """Return where the site leads a browser that wants to sign in."""
    return client.post(START + query).url


def walk(client, start=""):
    """Walk from the site to the provider and back; return the site's answer."""
    back = requests.get(start or asked(client), allow_redirects=False, timeout=5).headers["Location"]
    return client.get(back.partition("http://testserver")[2])


def test_a_linked_identity_opens_its_account(provider, person, client):
    answer = walk(client)
    assert (answer.status_code, answer.url) == (302, "/van-phong/")
    assert int(client.session["_auth_user_id"]) == person.pk
    (question,) = provider.asked
    assert question["response_type"] == "code"
    assert question["scope"] == "openid"  # who it is, and nothing more
    assert question["code_challenge_method"] == "S256"
    assert len(question["nonce"]) >= 32
    assert [entry.data["by"] for entry in noted("signed_in")] == [["socialaccount"]]


def test_the_second_factor_is_asked_for_all_the_same(provider, off, client):
    person = with_app(off.head)
    SocialAccount.objects.create(user=person, provider="sso", uid=provider.subject)
    assert walk(client).url == "/dang-nhap/hai-lop/"
    assert not is_in(client)
    assert client.post("/dang-nhap/hai-lop/", {"code": code()}).status_code == 302
    assert is_in(client)


def test_an_unlinked_identity_opens_nothing_and_makes_no_account(provider, off, client):
    users = User.objects.count()
    answer = walk(client)
    assert answer.status_code == 200
    assert not is_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (users, 0)


def test_an_address_in_the_token_links_nothing(provider, off, client):
    User.objects.filter(pk=off.head.pk).update(email="head@example.vn")
    provider.twist = lambda claims: claims | {"email": "head@example.vn", "email_verified": True}
    walk(client)
    assert not is_in(client)
    assert SocialAccount.objects.count() == 0


def test_a_person_links_their_identity_from_their_own_account(provider, off, client):
    person = with_password(off.receiver)
    sign_in(client, person)
    answer = walk(client, asked(client, "?process=connect"))
    assert answer.url.startswith("/tai-khoan/xac-nhan/")  # the password once more
    answer = client.post(answer.url, {"password": PASSWORD})
    assert SocialAccount.objects.get().user == person
    assert len(noted("identity_linked")) == 1
    assert walk(Client()).url == "/van-phong/"
    other = Client()
    sign_in(other, with_password(off.clerk))
    other.post("/tai-khoan/xac-nhan/", {"password": PASSWORD})
    walk(other, asked(other, "?process=connect"))
    assert SocialAccount.objects.get().user == person  # one identity, one account


def test_unlinking_asks_for_the_password_and_closes_the_way(provider, person, client):
    sign_in(client, person)
    identity = SocialAccount.objects.get()
    assert client.post(f"/tai-khoan/dien-tu/{identity.pk}/go/").url.startswith("/tai-khoan/xac-nhan/")
    client.post("/tai-khoan/xac-nhan/", {"password": PASSWORD})
    client.post(f"/tai-khoan/dien-tu/{identity.pk}/go/")
    assert SocialAccount.objects.count() == 0
    assert len(noted("identity_unlinked")) == 1


def test_nobody_unlinks_anothers_identity(provider, person, off, client):
    sign_in(client, with_password(off.clerk))
    client.post("/tai-khoan/xac-nhan/", {"password": PASSWORD})
    assert client.post(f"/tai-khoan/dien-tu/{SocialAccount.objects.get().pk}/go/").status_code == 404


def test_a_closed_account_stays_closed(provider, person, client):
    User.objects.filter(pk=person.pk).update(is_active=False)
    walk(client)
    assert not is_in(client)


LIES = {
    "another nonce": {"twist": lambda said: said | {"nonce": "x" * 32}},
    "no nonce": {"twist": lambda said: {name: said[name] for name in said if name != "nonce"}},
    "expired": {"twist": lambda said: said | {"iat": time.time() - 900, "exp": time.time() - 600}},
    "no end": {"twist": lambda said: {name: said[name] for name in said if name != "exp"}},
    "from the future": {"twist": lambda said: said | {"iat": time.time() + 900, "exp": time.time() + 1200}},
    "for another site": {"twist": lambda said: said | {"aud": "another"}},
    "for several, made for another": {"twist": lambda said: said | {"aud": [CLIENT, "another"], "azp": "another"}},
    "for several, made for nobody": {"twist": lambda said: said | {"aud": [CLIENT, "another"]}},
    "of another issuer": {"twist": lambda said: said | {"iss": "https://vneid.example"}},
    "of nobody": {"twist": lambda said: {name: said[name] for name in said if name != "sub"}},
    "signed with another key": {"signs_with": new_key()},
    "not signed": {"alg": "none"},
    "signed with the shared secret": {"alg": "HS256"},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_opens_nothing(provider, person, client, lie):
    for name, value in LIES[lie].items():
        setattr(provider, name, value)
    answer = walk(client)
    assert answer.status_code in (200, 401, 403)
    assert "Danh tính không được chấp nhận" in answer.content.decode()
    assert not is_in(client)
    assert len(noted("identity_refused")) == 1


def test_an_answer_to_another_browser_opens_nothing(provider, person, client):
    victim = Client()
    victim.get("/dang-nhap/")
    back = requests.get(asked(client), allow_redirects=False, timeout=5).headers["Location"]
    victim.get(back.partition("http://testserver")[2])
    assert not is_in(victim)


@pytest.mark.parametrize("change", ["state", "code"])
def test_a_changed_answer_opens_nothing(provider, person, client, change):
    back = requests.get(asked(client), allow_redirects=False, timeout=5).headers["Location"]
    said = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    client.get(FINISH, said | {change: "x" * 16})
    assert not is_in(client)


def test_an_answer_is_good_once(provider, person, client):
    back = requests.get(asked(client), allow_redirects=False, timeout=5).headers["Location"]
    path = back.partition("http://testserver")[2]
    client.get(path)
    client.post("/dang-xuat/")
    client.get(path)
    assert not is_in(client)


def test_a_code_without_its_verifier_is_worth_nothing(provider, person, client):
    start = asked(client)
    stolen = requests.get(start, allow_redirects=False, timeout=5).headers["Location"]
    thief = Client()
    mine = requests.get(asked(thief), allow_redirects=False, timeout=5).headers["Location"]
    code_of_victim = parse_qs(urlsplit(stolen).query)["code"][0]
    state_of_thief = parse_qs(urlsplit(mine).query)["state"][0]
    thief.get(FINISH, {"code": code_of_victim, "state": state_of_thief})
    assert not is_in(thief)


def test_an_address_that_somebody_sends_adds_nothing_to_the_question(provider, client):
    start = asked(client, "?scope=email&auth_params=prompt%3Dnone%26nonce%3Dknown")
    said = parse_qs(urlsplit(start).query)
    assert said["scope"] == ["openid"]
    assert "prompt" not in said
    assert said["nonce"] != ["known"]


def test_without_a_provider_there_is_nothing_to_find(client):
    assert "dien-tu" not in client.get("/dang-nhap/").content.decode()
    assert client.post(START).status_code == 404
    assert client.get(FINISH).status_code == 404


def test_a_link_starts_nothing_by_itself(provider, client):
    assert client.get(START).status_code == 200
    assert provider.asked == []
