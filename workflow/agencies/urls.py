"""Addresses of the register of agencies."""

from __future__ import annotations

from django.urls import path

from workflow.agencies import choice_pages, import_pages, pages, succession_pages

urlpatterns = [
    path("", pages.overview, name="agencies"),
    path("them/", pages.add, name="agency-add"),
    path("nhap/", import_pages.hand_in, name="agencies-import"),
    path("nhap/<int:pk>/", import_pages.sheet, name="agencies-sheet"),
    path("xuat/", import_pages.export, name="agencies-export"),
    path("ke-thua/", succession_pages.overview, name="successions"),
    path("ke-thua/moi/", succession_pages.propose, name="succession-new"),
    path("ke-thua/<int:pk>/", succession_pages.proposal, name="succession"),
    path("ke-thua/<int:pk>/ho-so/", succession_pages.cases, name="succession-cases"),
    path("<slug:slug>/", pages.agency, name="agency"),
    path("<slug:slug>/sua/", pages.edit, name="agency-edit"),
    path("<slug:slug>/tu-quyet-dinh/", choice_pages.decide, name="agency-choices"),
    path("<slug:slug>/chuyen/", pages.move, name="agency-move"),
]
