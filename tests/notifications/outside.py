"""The other side on loopback: a real mail relay, and an SMS gateway that fails, hangs, answers twice and slowly."""

import json
import logging
import socket
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

logging.getLogger("mail.log").setLevel(logging.WARNING)


class Gateway(ThreadingHTTPServer):
    """An SMS gateway that sends one text per Idempotency-Key, and behaves as `moods` says, by number and try.

    phones: texts that left for each number; posts: how often each key was posted
    """

    daemon_threads = True

    def __init__(self, moods=None, pause=0.0):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.moods, self.pause = defaultdict(list, moods or {}), pause
        self.lock, self.known = threading.Lock(), set()
        self.phones, self.posts, self.headers = defaultdict(list), Counter(), []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/messages"

    def take(self, key, body):
        """Send a text, unless its key is known."""
        with self.lock:
            if key not in self.known:
                self.known.add(key)
                self.phones[body["to"]].append(body["text"])

    def handle_error(self, request, client_address):
        """A client that went away is what these tests are about."""


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        gateway, key = self.server, self.headers["Idempotency-Key"]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with gateway.lock:
            nth = gateway.posts[key]
            gateway.posts[key] += 1
            gateway.headers.append(dict(self.headers))
        moods = gateway.moods[body["to"]]
        mood = moods[nth] if nth < len(moods) else "well"
        if mood == "unavailable":
            return self.say(503)
        if mood == "refused":
            return self.say(422)
        gateway.take(key, body)
        time.sleep(gateway.pause)
        match mood:
            case "hangs":
                time.sleep(2.5)
            case "fails after sending":
                self.say(500)
            case "answers twice":
                self.say(202)
                self.say(503)
            case "answers slowly":
                self.say(202, slowly=True)
            case "breaks off":
                self.wfile.write(b"HTTP/1.1 2")
                self.close_connection = True
            case _:
                self.say(202)

    def say(self, status, *, slowly=False):
        answer = (
            f'HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{{"id": "sms-77"}}'
        )
        for part in answer if slowly else [answer]:
            self.wfile.write(part.encode())
            self.wfile.flush()
            time.sleep(0.01 if slowly else 0)

    def log_message(self, *_):
        """Say nothing."""


class Relay:
    """A mail relay that keeps what it is given; `moods` says how it behaves, by address and try."""

    def __init__(self, moods=None, pause=0.0):
        self.moods, self.pause, self.tries = defaultdict(list, moods or {}), pause, Counter()
        self.boxes = defaultdict(list)

    async def handle_RCPT(self, server, session, envelope, address, options):
        mood = self._mood(address)
        if mood == "no such box":
            return "550 5.1.1 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        import asyncio
        from email import message_from_bytes, policy

        (address,) = envelope.rcpt_tos
        mood = self._mood(address)
        self.tries[address] += 1
        if mood == "busy":
            return "451 4.3.2 try later"
        if mood == "spam":
            return "554 5.7.1 not wanted"
        self.boxes[address].append(message_from_bytes(envelope.content, policy=policy.default))
        await asyncio.sleep(2.5 if mood == "hangs" else self.pause)
        return "250 OK"

    def _mood(self, address):
        moods, nth = self.moods[address], self.tries[address]
        return moods[nth] if nth < len(moods) else "well"


@contextmanager
def gateway(moods=None, pause=0.0):
    """Run an SMS gateway."""
    server = Gateway(moods, pause)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def relay(moods=None, pause=0.0):
    """Run a mail relay; its `port` is where it listens."""
    found = Relay(moods, pause)
    with socket.create_server(("127.0.0.1", 0)) as free:
        found.port = free.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    try:
        yield found
    finally:
        controller.stop()
