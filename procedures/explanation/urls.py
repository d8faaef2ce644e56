"""Addresses of the citizen's pages."""

from __future__ import annotations

from django.urls import path, re_path

from procedures.explanation.views import acts, evidence, filing, following

app_name = "explanation"
CODE = r"^ho-so/(?P<code>[A-Za-z0-9-]{1,24})/"
urlpatterns = [
    path("", filing.home, name="home"),
    path("yeu-cau/moi/", filing.new, name="new"),
    path("yeu-cau/da-nhan/", filing.receipt, name="filed"),
    path("theo-doi/", following.follow, name="follow"),
    re_path(CODE + r"$", following.case, name="case"),
    re_path(CODE + r"van-ban/(?P<pk>[0-9]{1,18})/$", following.paper, name="paper"),
    re_path(CODE + r"bien-nhan/(?P<seq>[0-9]{1,9})/$", following.receipt, name="receipt"),
    re_path(CODE + r"chung-cu/$", evidence.bundle, name="bundle"),
    re_path(CODE + r"dong/$", following.leave, name="leave"),
    re_path(CODE + r"(?P<name>[a-z_]{1,40})/$", acts.act, name="act"),
]
