"""Addresses of the inspector's pages."""

from __future__ import annotations

from django.urls import path, re_path

from workflow.inspection import views
from workflow.security import views as security

CASE = r"^ho-so/(?P<code>[A-Za-z0-9-]{1,24})/"
urlpatterns = [
    path("", views.overview, name="inspect"),
    path("nhat-ky/", views.log, name="inspect-log"),
    path("nhat-ky/tai-ve/", views.log_export, name="inspect-log-export"),
    path("qua-han/", views.overdue, name="inspect-overdue"),
    path("qua-han/tai-ve/", views.overdue_export, name="inspect-overdue-export"),
    path("vi-pham/tai-ve/", views.breaches_export, name="inspect-breaches-export"),
    path("dau-hieu/", views.patterns, name="inspect-patterns"),
    path("dau-hieu/<slug:kind>/", views.pattern, name="inspect-pattern"),
    path("an-ninh/", security.chain, name="security"),
    path("chon-mau/", views.draws, name="inspect-draws"),
    path("chon-mau/<int:pk>/", views.draw, name="inspect-draw"),
    re_path(CASE + r"$", views.case, name="inspect-case"),
    re_path(CASE + r"chung-cu/$", views.bundle, name="inspect-bundle"),
    re_path(CASE + r"giu/$", views.hold, name="inspect-hold"),
    re_path(CASE + r"van-ban/(?P<pk>[0-9]{1,18})/$", views.paper, name="inspect-paper"),
]
