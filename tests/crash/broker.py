"""A broker of our own, so that a test may stop it without stopping anybody else's."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests import services

PLACES = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server")
START = 60  # seconds


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class OwnBroker:
    """A RabbitMQ node with its own name, ports and folders."""

    restarts = True

    def __init__(self, script, folder):
        port, other = free_port(), free_port()
        self.url, self.port = f"amqp://guest:guest@127.0.0.1:{port}//", port
        (folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
        self.command, self.process = [script], None
        self.log = (folder / "broker.log").open("wb")
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"crash{port}@localhost",
            "RABBITMQ_DIST_PORT": str(other),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def start(self):
        """Start the node and wait until it lets clients in."""
        self.process = subprocess.Popen(
            self.command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        end = time.monotonic() + START
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"the broker did not start; see {self.log.name}")

    def stop(self):
        """Stop the node; what it holds stays on disk."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class SharedBroker:
    """A broker that others use too: never stopped."""

    restarts = False

    def __init__(self):
        self.url = services.RABBITMQ.url

    def start(self):
        """It runs already."""

    stop = start


def broker(folder: Path):
    """Return a broker of our own where RabbitMQ is installed, else the one that tests use."""
    found = next((place for place in PLACES if os.access(place, os.X_OK)), None) or shutil.which("rabbitmq-server")
    return OwnBroker(found, folder) if found else SharedBroker()
