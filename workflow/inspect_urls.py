"""Addresses of the inspector's pages."""

from __future__ import annotations

from django.urls import path, re_path

from workflow.views import inspect

CASE = r"^ho-so/(?P<code>[A-Za-z0-9-]{1,24})/"
urlpatterns = [
    path("", inspect.overview, name="inspect"),
    path("nhat-ky/", inspect.log, name="inspect-log"),
    re_path(CASE + r"$", inspect.case, name="inspect-case"),
    re_path(CASE + r"van-ban/(?P<pk>[0-9]{1,18})/$", inspect.paper, name="inspect-paper"),
]
