"""Bare Django lists of agencies and people, behind the same middleware as the program's own pages."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path
from django.views.generic import ListView

from workflow.models import Agency, User
from workflow.permissions.pages import ANYBODY, declare

LIST = (
    "<ul>{% for one in object_list %}<li>{{ one }}</li>{% endfor %}</ul>"
    '{% if page_obj.has_next %}<a href="?page={{ page_obj.next_page_number }}">next</a>{% endif %}'
)


class Bare(LoginRequiredMixin, ListView):
    """Django's own list, with its own paging, for who is signed in."""

    paginate_by = 50
    wanted = ""

    def get_queryset(self):
        """Return the rows, or those whose name contains what is searched for."""
        found = self.model.objects.order_by(self.ordering)
        words = self.request.GET.get("q")
        return found.filter(**{f"{self.wanted}__icontains": words}) if words else found

    def render_to_response(self, context, **kwargs):
        """Return the list, and nothing around it."""
        return HttpResponse(engines["django"].from_string(LIST).render(context, self.request))


urlpatterns = [
    path("bare/agencies/", Bare.as_view(model=Agency, ordering="path", wanted="name"), name="bare-agencies"),
    path("bare/people/", Bare.as_view(model=User, ordering="full_name", wanted="full_name"), name="bare-people"),
    path("", include("config.urls")),
]
declare({"bare-agencies": ANYBODY, "bare-people": ANYBODY})
