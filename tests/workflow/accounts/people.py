"""People with passwords and second factors, as the tests of accounts need them."""

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from workflow.accounts.sealing import seal
from workflow.ledger import chain
from workflow.models import LogEntry

PASSWORD = "ba con vịt qua cầu 2026"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_password(user, password=PASSWORD):
    """Return a person who can sign in."""
    user.set_password(password)
    user.save()
    return user


def with_app(user, secret=SECRET):
    """Return a person who has a password and an app that shows codes."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": seal(secret)})
    return with_password(user)


def code(step=0, secret=SECRET):
    """Return what the app shows now, or some steps of thirty seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def sign_in(client, user, password=PASSWORD, **more):
    """Return the answer to a name and a password."""
    return client.post("/dang-nhap/", {"username": user.username, "password": password}, **more)


def is_in(client):
    """Return whether a browser is signed in."""
    return client.get("/tai-khoan/").status_code == 200


def noted(event):
    """Return what the security chain holds of an event, in order."""
    return list(LogEntry.objects.filter(chain=chain.SECURITY, transition=event).order_by("seq"))
