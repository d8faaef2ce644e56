"""Real workers killed while they deliver: nothing is lost, and no text message is sent twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection

from notifications.models import Message
from tests.notifications import outside
from workflow import clock

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BASE_DIR = Path(__file__).resolve().parents[2]
TEXTS, LETTERS, KILLS = 80, 20, 4


def environment(folder, gateway, relay):
    """Return what makes a process of its own work on this test's database, gateway and relay."""
    at = connection.settings_dict
    host, port = at["HOST"] or "127.0.0.1", at["PORT"] or 5432
    password = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    return {
        "PATH": os.environ["PATH"],
        "GIAITRINH_VAR": str(folder),
        "DATABASE_URL": f"postgres://{at['USER']}{password}@{host}:{port}/{at['NAME']}",
        "EMAIL_URL": f"smtp://127.0.0.1:{relay.port}",
        "SMS_GATEWAY_URL": gateway.url,
    }


@contextmanager
def worker(env):
    """Run a real Celery worker with two processes; killing its group kills them all at once."""
    line = ["-m", "celery", "-A", "config", "worker", "--concurrency", "2", "--loglevel", "WARNING"]
    log = Path(env["GIAITRINH_VAR"]) / "worker.log"
    with log.open("a") as out:
        process = subprocess.Popen(
            [sys.executable, *line], cwd=BASE_DIR, env=env, start_new_session=True, stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process):
    """End a worker and its children as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(true, seconds=60):
    """Wait until something is true."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "nothing happened"
        time.sleep(0.02)


def claims_run_out():
    """Let the time pass after which what a dead process held may be taken by another."""
    Message.objects.filter(state="waiting").update(next_try_at=clock.now())


def test_workers_killed_while_they_deliver_lose_nothing_and_send_no_text_twice(tmp_path):
    now = clock.now()
    facts = {"subject": "Hồ sơ", "body": "Hồ sơ GT-ABCD-2345.\n", "due_at": now, "next_try_at": now}
    Message.objects.bulk_create(
        [Message(entry_id=n, channel="sms", recipient=f"+849{n:08}", **facts) for n in range(TEXTS)]
        + [Message(entry_id=n, channel="mail", recipient=f"{n}@example.com", **facts) for n in range(LETTERS)]
    )
    with outside.gateway(pause=0.15) as gateway, outside.relay(pause=0.15) as relay:
        env = environment(tmp_path, gateway, relay)
        folder = tmp_path / "broker" / "queue"
        folder.mkdir(parents=True)
        folders = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(tmp_path)}
        sender = Celery(broker="filesystem://localhost", broker_transport_options=folders, set_as_current=False)

        def posts():
            return sum(gateway.posts.values()) + sum(relay.tries.values())

        for _kill in range(KILLS):
            with worker(env) as process:
                before = posts()
                for way in ("sms", "mail", "sms"):
                    sender.send_task("notifications.tasks.send", args=(way,))
                until(lambda before=before: posts() >= before + 8)
                kill(process)
            assert Message.objects.filter(state="waiting").exists()
            claims_run_out()
        with worker(env):
            for way in ("sms", "mail") * 3:
                sender.send_task("notifications.tasks.send", args=(way,))
            until(lambda: not Message.objects.filter(state="waiting").exists())

    assert Counter(Message.objects.values_list("channel", "state")) == {
        ("sms", "sent"): TEXTS,
        ("mail", "sent"): LETTERS,
    }
    texts = Counter({number: len(sent) for number, sent in gateway.phones.items()})
    assert len(texts) == TEXTS
    assert set(texts.values()) == {1}
    assert len(relay.boxes) == LETTERS
    letters = [mail["Message-ID"] for mails in relay.boxes.values() for mail in mails]
    assert len(set(letters)) == LETTERS
    again = sum(gateway.posts.values()) - TEXTS
    print(
        f"\n{KILLS} workers killed in the middle of {TEXTS} text messages and {LETTERS} letters: {again} posts came a "
        f"second time and sent nothing; {len(letters) - LETTERS} letters arrived twice under their own name."
    )
    assert again + len(letters) - LETTERS > 0, "no kill hit a message on its way"
    assert len(letters) - LETTERS <= KILLS * 2
