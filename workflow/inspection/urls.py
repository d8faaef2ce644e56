"""Addresses of the inspector's pages."""

from __future__ import annotations

from django.urls import path, re_path

from workflow.inspection.views import cases, draws, lists, patterns
from workflow.security import views as security

CASE = r"^ho-so/(?P<code>[A-Za-z0-9-]{1,24})/"
urlpatterns = [
    path("", lists.overview, name="inspect"),
    path("nhat-ky/", lists.log, name="inspect-log"),
    path("nhat-ky/tai-ve/", lists.log_export, name="inspect-log-export"),
    path("qua-han/", lists.overdue, name="inspect-overdue"),
    path("qua-han/tai-ve/", lists.overdue_export, name="inspect-overdue-export"),
    path("vi-pham/tai-ve/", lists.breaches_export, name="inspect-breaches-export"),
    path("dau-hieu/", patterns.patterns, name="inspect-patterns"),
    path("dau-hieu/<slug:kind>/", patterns.pattern, name="inspect-pattern"),
    path("an-ninh/", security.chain, name="security"),
    path("chon-mau/", draws.draws, name="inspect-draws"),
    path("chon-mau/<int:pk>/", draws.draw, name="inspect-draw"),
    re_path(CASE + r"$", cases.case, name="inspect-case"),
    re_path(CASE + r"chung-cu/$", cases.bundle, name="inspect-bundle"),
    re_path(CASE + r"giu/$", cases.hold, name="inspect-hold"),
    re_path(CASE + r"van-ban/(?P<pk>[0-9]{1,18})/$", cases.paper, name="inspect-paper"),
]
