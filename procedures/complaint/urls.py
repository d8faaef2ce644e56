"""Addresses of the citizen's pages of a complaint; its case page is that of every case."""

from __future__ import annotations

from django.urls import re_path

from procedures.complaint import views
from procedures.explanation.urls import CODE

app_name = "complaint"
urlpatterns = [re_path(CODE + r"khieu-nai/$", views.new, name="new")]
