"""What every answer tells browsers beyond Django's own headers: keep to this site, and ask for no device."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]

NOT_ASKED_FOR = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join(
    [
        *(f"{name}=()" for name in NOT_ASKED_FOR),
        "publickey-credentials-create=(self)",  # security keys as a second factor
        "publickey-credentials-get=(self)",
    ]
)


def isolated(answer: Answer) -> Answer:
    """Return a middleware that adds Permissions-Policy and Cross-Origin-Resource-Policy to every answer."""

    def give(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return give
