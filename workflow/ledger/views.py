"""The address where witnesses fetch the log's checkpoint and bring their cosignature. It names nobody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from workflow.ledger import anchors
from workflow.permissions.pages import ANYBODY
from workflow.views.access import needs

LONGEST = 4096  # bytes of one signature line


@needs(ANYBODY)
@csrf_exempt  # a program asks, without a session; the line is signed
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Return the latest checkpoint with the proof that it extends the tree of `tu` leaves; take a cosignature.

    GET ?tu=SIZE: 200 with `old`, `proof`, `note` and `handovers`; 404 before the first checkpoint
    POST: one signature line; 200, or 400 with the reason
    """
    if request.method == "POST":
        return _taken(request)
    old = request.GET.get("tu", "0")
    found = anchors.request(int(old) if old.isascii() and old.isdigit() and len(old) < 19 else 0)
    if found is None:
        return JsonResponse({"error": "There is no checkpoint yet."}, status=404)
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})


def _taken(request: HttpRequest) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST:
        return JsonResponse({"error": "A signature line is shorter."}, status=413)
    try:
        anchor = anchors.accept(request.body.decode())
    except (anchors.NotAnchored, UnicodeDecodeError) as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"size": anchor.checkpoint.size, "witness": anchor.name})
