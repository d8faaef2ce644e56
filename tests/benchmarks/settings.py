"""The settings of the program as an office runs it, and the tables of those we measure against."""

from config.settings import *  # noqa: F403

DEBUG = False  # or Django would keep every statement
INSTALLED_APPS += ["tests.benchmarks.peers"]  # noqa: F405
