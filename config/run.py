"""Everything in one go, for one machine: `python -m config.run` (this is `make run`).

Brings the database up to date, loads the sample if nobody is in it yet, then serves web, worker and beat
until Ctrl-C or SIGTERM, or until one of them ends. GIAITRINH_ADDRESS moves it from 127.0.0.1:8000.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

GRACE = 10.0  # seconds between SIGTERM and SIGKILL
START = 60.0  # seconds the web may take until it answers
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BASE_DIR = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

Command = Sequence[str]


def commands(address: str) -> dict[str, Command]:
    """Return the command line of each process that serves."""
    root = "ignore:You're running the worker with superuser"  # in a container that is how it is
    celery = [PYTHON, "-W", root, "-m", "celery", "--app", "config", "--quiet"]
    worker = ["worker", "--pool", "solo", "--loglevel", "WARNING"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # there is nobody to talk to
    web = [
        "--bind",
        address,
        "--workers",
        "2",
        "--threads",
        "4",
        "--no-control-socket",
        "--log-level",
        "warning",
    ]
    return {
        "web": [PYTHON, "-m", "gunicorn", "config.wsgi:application", *web],
        "worker": [*celery, *worker, *quiet],
        "beat": [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"],
    }


def is_hangup_ignored(number: signal.Signals) -> bool:
    """Return whether this is SIGHUP under nohup, which is to stay ignored."""
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN


class Stopped(Exception):
    """Somebody asked this process to stop."""


@contextlib.contextmanager
def stop_signals() -> Iterator[None]:
    """Turn the first Ctrl-C or SIGTERM into Stopped; later ones cannot interrupt the clearing up."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before = {each: signal.getsignal(each) for each in STOPS if not is_hangup_ignored(each)}
    for each in before:
        signal.signal(each, interrupt)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def follow_parent() -> None:
    """Run in a new child: default signals, and on Linux SIGTERM should the parent die without a word."""
    for each in STOPS:
        signal.signal(each, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@contextlib.contextmanager
def running(lines: Mapping[str, Command], grace: float = GRACE) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Run the commands, each in a session of its own, and leave none of their processes behind.

    grace: seconds between SIGTERM and SIGKILL
    """
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, line in lines.items():
            children[name] = subprocess.Popen(
                line, cwd=BASE_DIR, start_new_session=True, preexec_fn=follow_parent, stdin=subprocess.DEVNULL
            )
        yield children
    finally:
        stop(children.values(), grace)


def stop(children: Collection[subprocess.Popen[bytes]], grace: float) -> None:
    """End the children: SIGTERM to each, then SIGKILL to whatever is left of their sessions."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    end = time.monotonic() + grace
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, end - time.monotonic()))
    for child in children:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)  # the session's number is its first process's
        child.wait()


@contextlib.contextmanager
def waiting() -> Iterator[Callable[[float], None]]:
    """Yield a sleep in which alone a stop signal arrives; it raises Stopped there.

    Raised in the middle of `Popen.poll()`, it could leave that process's lock taken, and nobody could wait for it.
    """
    if not hasattr(signal, "sigtimedwait"):  # not on macOS
        yield time.sleep
        return
    heard = {each for each in STOPS if signal.getsignal(each) is not signal.SIG_IGN}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, heard)

    def rest(seconds: float) -> None:
        if signal.sigtimedwait(heard, seconds) is not None:
            for each in heard:
                signal.signal(each, signal.SIG_IGN)  # later ones cannot interrupt the clearing up
            raise Stopped

    try:
        yield rest
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def watch(children: Mapping[str, subprocess.Popen[bytes]]) -> str:
    """Return the sentence to print when the first child has ended."""
    with waiting() as rest:
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    return f"{name} ended with status {child.returncode}; the others are stopped too."
            rest(0.2)


def wait_for(address: str, children: Mapping[str, subprocess.Popen[bytes]]) -> bool:
    """Return whether the web came to answer while all children live."""
    end = time.monotonic() + START
    while time.monotonic() < end and all(child.poll() is None for child in children.values()):
        try:
            with urllib.request.urlopen(f"http://{address}/suc-khoe/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True  # it speaks, if only to complain
        except OSError:
            time.sleep(0.1)
    return False


def is_free(address: str) -> bool:
    """Return whether nobody listens at host:port yet."""
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            return False
    return True


def manage(*line: str) -> str:
    """Run a manage.py command and return what it printed.

    Raises subprocess.CalledProcessError; what went wrong has been printed.
    """
    done = subprocess.run([PYTHON, "manage.py", *line], cwd=BASE_DIR, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def prepare() -> None:
    """Bring the database up to date; load the sample if nobody is in it yet."""
    import django
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    is_new = not get_user_model().objects.exists()
    connections.close_all()
    if is_new:
        print("New database: loading the sample province, its people and cases …", flush=True)
        print(manage("sample"), end="", flush=True)


def main() -> int:
    """Serve until told to stop. Return the exit status: 0 if it was told, 1 if something failed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    address = os.environ.get("GIAITRINH_ADDRESS") or "127.0.0.1:8000"
    if not is_free(address):
        print(f"{address} is taken. GIAITRINH_ADDRESS=127.0.0.1:8001 make run uses another.", file=sys.stderr)
        return 1
    try:
        with stop_signals():
            prepare()
            with running(commands(address)) as children:
                accounts = manage("sample", "--accounts")
                if wait_for(address, children):
                    print(f"{accounts}\nGiải Trình: http://{address}/ (Ctrl-C stops it)", flush=True)
                print(watch(children), file=sys.stderr)
    except Stopped:
        print("Stopped.")
        return 0
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd[1:])} failed.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
