"""A typical project: Django's own connection settings, and the usual log of django-fsm."""

from tests.benchmarks.settings import *  # noqa: F403

INSTALLED_APPS += ["django_fsm_log"]  # noqa: F405
DATABASES["default"].pop("OPTIONS", None)  # noqa: F405
