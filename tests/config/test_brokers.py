"""BROKER_URL alone chooses what carries background work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import services

BASE_DIR = Path(__file__).resolve().parents[2]
ROUND_TRIP = """
import uuid, django
django.setup()
from config.celery import app
name = f"test-{uuid.uuid4()}"
with app.connection_for_write() as connection, connection.SimpleQueue(name) as queue:
    queue.put({"due": "2026-03-09"})
    message = queue.get(timeout=10)
    message.ack()
    print(message.payload["due"])
    queue.queue.delete()
"""


def round_trip(tmp_path, **env):
    clean = {"PATH": os.environ["PATH"], "GIAITRINH_VAR": str(tmp_path)}
    clean["DJANGO_SETTINGS_MODULE"] = "config.settings"
    line = [sys.executable, "-c", ROUND_TRIP]
    done = subprocess.run(line, cwd=BASE_DIR, env=clean | env, capture_output=True, text=True)
    assert done.stdout == "2026-03-09\n", done.stderr


def test_files_carry_a_message(tmp_path):
    round_trip(tmp_path)


@pytest.mark.broker("redis")
def test_redis_carries_a_message(tmp_path):
    round_trip(tmp_path, BROKER_URL=services.REDIS.url)


@pytest.mark.broker("rabbitmq")
def test_rabbitmq_carries_a_message(tmp_path):
    round_trip(tmp_path, BROKER_URL=services.RABBITMQ.url)
