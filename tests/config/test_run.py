"""The parent of `make run` stops everything and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import run

BASE_DIR = Path(__file__).resolve().parents[2]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    f"subprocess.Popen({SLEEPER!r})\n"
    "print('ready', flush=True)\n"
    "time.sleep(60)",
]


def session(pid):
    """Return the processes that still live in the session of a child."""
    listed = subprocess.run(["ps", "-o", "pid=,stat=", "-s", str(pid)], capture_output=True, text=True)
    return [line for line in listed.stdout.splitlines() if " Z" not in line]


def wait_until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_children_that_ignore_sigterm_are_killed_with_their_own_children():
    with run.running({"polite": SLEEPER, "stubborn": STUBBORN}, grace=0.5) as children:
        wait_until(lambda: len(session(children["stubborn"].pid)) == 2)
    assert children["polite"].returncode == -signal.SIGTERM
    assert children["stubborn"].returncode == -signal.SIGKILL
    wait_until(lambda: not session(children["stubborn"].pid))


def test_when_one_child_ends_the_reason_is_named():
    with run.running({"web": SLEEPER, "beat": [sys.executable, "-c", "exit(3)"]}) as children:
        assert run.watch(children) == "beat ended with status 3; the others are stopped too."
    assert children["web"].poll() is not None


PARENT = (
    "import signal, sys; from config import run\n"
    "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # the tests themselves may run under nohup
    "try:\n"
    "    with run.stop_signals(), run.running({'web': [sys.executable, '-c', 'import time; time.sleep(60)']}) as c:\n"
    "        print(c['web'].pid, flush=True)\n"
    "        run.watch(c)\n"
    "except run.Stopped:\n"
    "    print('Stopped.')\n"
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_the_parent_ends_the_children(number):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    os.kill(parent.pid, number)
    rest, _ = parent.communicate(timeout=20)
    assert number == signal.SIGKILL or rest == "Stopped.\n"
    wait_until(lambda: not session(child))


def test_an_address_in_use_is_seen_before_anything_starts():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert not run.is_free(address)
    assert run.is_free(address)
