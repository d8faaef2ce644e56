"""Addresses of what every procedure shares."""

from __future__ import annotations

from typing import Any

app_name = "workflow"
urlpatterns: list[Any] = []
