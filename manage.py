#!/usr/bin/env python3
"""Run one of the project's commands: `manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit("Django is not installed here. `make install` installs it into .venv.") from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
