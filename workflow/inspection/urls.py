"""Addresses of the inspector's pages."""

from __future__ import annotations

from django.urls import path, re_path

from workflow.inspection import views

CASE = r"^ho-so/(?P<code>[A-Za-z0-9-]{1,24})/"
urlpatterns = [
    path("", views.overview, name="inspect"),
    path("nhat-ky/", views.log, name="inspect-log"),
    re_path(CASE + r"$", views.case, name="inspect-case"),
    re_path(CASE + r"van-ban/(?P<pk>[0-9]{1,18})/$", views.paper, name="inspect-paper"),
]
