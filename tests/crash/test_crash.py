"""Whatever is killed, restarted or cut: every alarm rings once, every chain holds, every message exists once."""

import subprocess
import sys

import pytest
from django.db import connection


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.broker("rabbitmq")
@pytest.mark.django_db
def test_ten_thousand_alarms_ring_once_through_twenty_kills(capsys):
    name = f"crash_{connection.settings_dict['NAME']}"
    command = [sys.executable, "-W", "ignore", "-m", "tests.crash", "--database", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    with capsys.disabled():
        print(f"\n{done.stdout}", end="")
    assert done.returncode == 0, done.stdout + done.stderr
