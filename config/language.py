"""Vietnamese first: the browser's language is not asked; the reader's own choice is kept in a cookie."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]


def vietnamese_first(answer: Answer) -> Answer:
    """Return a middleware that leaves Django's LocaleMiddleware, after it, only the reader's own choice."""

    def ask(request: HttpRequest) -> HttpResponse:
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        return answer(request)

    return ask
