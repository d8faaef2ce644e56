"""The addresses of the whole site; each room brings its own."""

from django.urls import include, path

from config.health import health, metrics
from workflow.permissions.pages import ANYBODY, declare

declare({"set_language": ANYBODY})

urlpatterns = [
    path("suc-khoe/", health, name="health"),
    path("suc-khoe/so-do/", metrics, name="metrics"),
    path("ngon-ngu/", include("django.conf.urls.i18n")),
    path("", include("procedures.complaint.urls")),
    path("", include("workflow.ledger.urls")),
    path("", include("procedures.explanation.urls")),
    path("", include("notifications.urls")),
    path("", include("workflow.accounts.urls")),
    path("", include("workflow.urls")),
]
