"""The one settings file, with what is written kept apart from a developer's own data."""

import os
from pathlib import Path

os.environ.setdefault("GIAITRINH_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))

from config.settings import *  # noqa: F403
