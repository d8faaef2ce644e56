"""Addresses of the ledger."""

from django.urls import path

from workflow.ledger import views

app_name = "ledger"
urlpatterns = [path("nhat-ky/diem-chot/", views.checkpoint, name="checkpoint")]
