"""Addresses of the notifications: an official's own messages, proof of delivery, what administrators look after."""

from __future__ import annotations

from django.urls import path, re_path

from notifications.views import administration, evidence, inbox

app_name = "notifications"
urlpatterns = [
    path("van-phong/thong-bao/", inbox.messages, name="inbox"),
    path("van-phong/thong-bao/da-doc/", inbox.read, name="read"),
    re_path(r"^van-phong/tong-dat/(?P<code>[A-Za-z0-9-]{1,24})/$", evidence.case_notices, name="case-notices"),
    path("quan-tri/thu-gui/", administration.dead_letters, name="dead-letters"),
    path("quan-tri/mau-thu/", administration.templates, name="templates"),
    path("thong-bao/bao-nhan/", evidence.report, name="report"),
]
