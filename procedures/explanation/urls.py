"""Addresses of the explanation procedure."""

from __future__ import annotations

from typing import Any

app_name = "explanation"
urlpatterns: list[Any] = []
