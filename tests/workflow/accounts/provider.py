"""A small provider of OpenID Connect on loopback: authorization code with PKCE, tokens signed with RS256.

It does what OpenID Connect Core 1.0 asks of a provider; `twist` makes it lie in one respect.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "giaitrinh", "a shared secret"


def new_key():
    """Return a key to sign with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Who signs in here is `subject`; what its token says may be bent by `twist(claims) -> claims`."""

    def __init__(self):
        self.subject, self.twist, self.alg, self.kid = "001099012345", None, "RS256", "k1"
        self.key, self.codes, self.asked = new_key(), {}, []
        self.signs_with = self.key
        handler = type("Handler", (_Handler,), {"provider": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def settings(self):
        """Return what the site is told about it."""
        return {
            "provider_id": "sso", "name": "VNeID", "client_id": CLIENT, "secret": SECRET,
            "settings": {"server_url": self.url, "fetch_userinfo": False},
        }  # fmt: skip

    def token(self, nonce):
        """Return a signed ID token."""
        now = int(time.time())
        claims = {"iss": self.url, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        if self.twist:
            claims = self.twist(claims)
        key = {"none": None, "HS256": SECRET * 3}.get(self.alg, self.signs_with)
        return jwt.encode(claims, key, algorithm=self.alg, headers={"kid": self.kid})


class _Handler(BaseHTTPRequestHandler):
    provider = None

    def log_message(self, *args):
        pass

    def answer(self, what, status=200):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        us, path = self.provider, urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(path.query).items()}
        if path.path == "/.well-known/openid-configuration":
            self.answer({
                "issuer": us.url, "authorization_endpoint": f"{us.url}/authorize", "token_endpoint": f"{us.url}/token",
                "jwks_uri": f"{us.url}/jwks", "token_endpoint_auth_methods_supported": ["client_secret_post"],
            })  # fmt: skip
        elif path.path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(us.key.public_key()))
            self.answer({"keys": [public | {"kid": us.kid, "alg": "RS256", "use": "sig"}]})
        elif path.path == "/authorize":
            us.asked.append(asked)
            code = secrets.token_urlsafe(16)
            us.codes[code] = asked
            self.send_response(302)
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer({}, 404)

    def do_POST(self):
        us = self.provider
        given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        given = {name: values[0] for name, values in given.items()}
        asked = us.codes.pop(given.get("code"), None)  # a code is good once
        challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        proven = asked and base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == asked.get("code_challenge")
        if not proven or given.get("client_secret") != SECRET or given.get("redirect_uri") != asked["redirect_uri"]:
            self.answer({"error": "invalid_grant"}, 400)
            return
        self.answer({"access_token": "unused", "token_type": "Bearer", "id_token": us.token(asked.get("nonce"))})
