"""Addresses of the pages of people and their powers."""

from __future__ import annotations

from django.urls import path

from workflow.appointments import own, views

urlpatterns = [
    path("quan-tri/nguoi-dung/", views.people, name="people"),
    path("quan-tri/nguoi-dung/<int:pk>/", views.one_person, name="person"),
    path("quan-tri/bo-nhiem/", views.appointments, name="appointments"),
    path("quan-tri/bo-nhiem/moi/", views.appoint, name="appoint"),
    path("quan-tri/bo-nhiem/<int:pk>/", views.appointment, name="appointment"),
    path("quan-tri/bo-nhiem/<int:pk>/uy-quyen/", views.delegate, name="delegate"),
    path("quan-tri/uy-quyen/", views.delegations, name="delegations"),
    path("quan-tri/uy-quyen/<int:pk>/", views.delegation, name="delegation"),
    path("quan-tri/ban-giao/", views.handovers, name="handovers"),
    path("quan-tri/ban-giao/<int:pk>/", views.handover, name="handover"),
    path("van-phong/uy-quyen/", own.overview, name="own-powers"),
    path("van-phong/uy-quyen/bo-nhiem/<int:pk>/", own.delegate, name="own-delegate"),
    path("van-phong/uy-quyen/<int:pk>/", own.delegation, name="own-delegation"),
]
