"""Addresses of what every procedure shares: the office."""

from __future__ import annotations

from django.urls import include, path, re_path
from django.views.generic import RedirectView

from workflow.permissions.pages import ANYBODY
from workflow.views import (
    breaches,
    calendar_admin,
    casework,
    corrections,
    counter,
    erasure,
    office,
    powers,
    receipts,
    tasks,
)
from workflow.views.access import needs, official

app_name = "workflow"
anybody = needs(ANYBODY)
CASE = r"^van-phong/ho-so/(?P<code>[A-Za-z0-9-]{1,24})/"
urlpatterns = [
    path("kiem-chung/", receipts.check, name="verify"),
    path("verify/", anybody(RedirectView.as_view(pattern_name="workflow:verify", query_string=True)), name="verify-en"),
    path("van-phong/", office.home, name="office"),
    path("van-phong/hang-doi/", official(RedirectView.as_view(url="/van-phong/#hang-doi")), name="office-queue"),
    path("van-phong/quyen/", powers.mine, name="powers"),
    path("van-phong/moi/", counter.register, name="office-register"),
    path("van-phong/moi/ve-ho-so/", counter.register_about, name="office-register-about"),
    re_path(r"^van-phong/moi/(?P<code>[A-Za-z0-9-]{1,24})/$", counter.registered, name="office-registered"),
    path("van-phong/viec/<int:pk>/", tasks.task, name="office-task"),
    path("van-phong/viec/<int:pk>/nhan/", office.take, name="office-take"),
    path("van-phong/ho-so/", office.cases, name="office-cases"),
    path("van-phong/vi-pham/", breaches.register, name="breaches"),
    path("van-phong/vi-pham/<int:pk>/", breaches.breach, name="breach"),
    re_path(CASE + r"ngay-den/$", corrections.correction, name="correction"),
    re_path(CASE + r"xoa-du-lieu/$", erasure.erase, name="erase"),
    re_path(CASE + r"$", casework.case, name="office-case"),
    re_path(CASE + r"van-ban/(?P<pk>[0-9]{1,18})/$", casework.paper, name="office-paper"),
    re_path(CASE + r"(?P<name>[a-z_]{1,40})/$", casework.act, name="office-act"),
    path("quan-tri/quyen/", powers.who, name="who-may"),
    path("quan-tri/lich/", calendar_admin.overview, name="calendar"),
    path("quan-tri/lich/<int:year>/", calendar_admin.year, name="calendar-year"),
    path("quan-tri/lich/de-xuat/<int:pk>/", calendar_admin.proposal, name="calendar-proposal"),
    path("quan-tri/lich/dong-cua/", calendar_admin.close, name="calendar-close"),
    path("quan-tri/lich/dong-cua/<int:pk>/", calendar_admin.closure, name="calendar-closure"),
    path("", include("workflow.appointments.urls")),
    path("quan-tri/co-quan/", include("workflow.agencies.urls")),
    path("thanh-tra/", include("workflow.inspection.urls")),
]
