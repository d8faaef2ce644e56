"""The app of the peers."""

from django.apps import AppConfig


class Peers(AppConfig):
    """Tables that only the benchmarks have."""

    name = "tests.benchmarks.peers"
    label = "peers"
    default_auto_field = "django.db.models.BigAutoField"
