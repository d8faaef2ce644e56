"""The settings of the benchmark of people: the program with bare lists beside it."""

from tests.benchmarks.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.people_urls"
ALLOWED_HOSTS = ["testserver"]
