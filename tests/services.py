"""The services that tests use where they are reachable: `python -m tests.services [NAME]`.

Without a name: one line per service; exit status 1 if one is missing that GIAITRINH_REQUIRE_SERVICES=1 demands.
With a name: silent; exit status 0 if that service is reachable.
"""

import os
import shutil
import socket
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

REQUIRED = os.environ.get("GIAITRINH_REQUIRE_SERVICES") == "1"


@dataclass(frozen=True)
class Service:
    name: str
    variable: str
    default: str
    port: int
    without: str

    @property
    def url(self):
        return os.environ.get(self.variable) or self.default

    def why_not(self):
        """Return why the service cannot be used, or "" if it can."""
        url = urlsplit(self.url)
        try:
            with socket.create_connection((url.hostname, url.port or self.port), timeout=2):
                return ""
        except OSError as error:
            return f"not reachable at {url.hostname}:{url.port or self.port} ({error.strerror or error})"


class PostgreSQL(Service):
    def why_not(self):
        """A port that listens is not yet a database that lets us in."""
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            return f"not reachable ({str(error).splitlines()[0]})"
        return ""


class Browser(Service):
    @property
    def url(self):
        names = ("chromium", "chromium-browser", "google-chrome")
        return os.environ.get(self.variable) or next(filter(None, map(shutil.which, names)), "")

    def why_not(self):
        return "" if self.url else f"not found (neither on PATH nor in {self.variable})"


POSTGRES = PostgreSQL(
    "PostgreSQL",
    "GIAITRINH_TEST_POSTGRES",
    "postgres://postgres@127.0.0.1:5432/postgres",
    5432,
    "second run skipped",
)
REDIS = Service("Redis", "GIAITRINH_TEST_REDIS", "redis://127.0.0.1:6379/0", 6379, "its tests are skipped")
RABBITMQ = Service(
    "RabbitMQ",
    "GIAITRINH_TEST_RABBITMQ",
    "amqp://guest:guest@127.0.0.1:5672//",
    5672,
    "its tests are skipped",
)
CHROMIUM = Browser("Chromium", "GIAITRINH_TEST_CHROMIUM", "", 0, "browser tests are skipped")
SERVICES = {"postgres": POSTGRES, "redis": REDIS, "rabbitmq": RABBITMQ, "chromium": CHROMIUM}


def main(names):
    if names:
        return 1 if any(SERVICES[name].why_not() for name in names) else 0
    missing = 0
    for service in SERVICES.values():
        why = service.why_not()
        missing += bool(why)
        print(f"{service.name}: {why}, {service.without}" if why else f"{service.name}: reachable")
    return 1 if REQUIRED and missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
