"""When a complaint may be lodged, and from which day its limit runs, by the second reading of the law (7.1, 7.2, 7.4)."""

from tests.procedures.model import DAY
from tests.procedures.model import OPEN as BEING_EXPLAINED


def complainable(request, about):
    """Return whether a first complaint about a request may be lodged: while it is open, about silence or procedure."""
    if request.state in BEING_EXPLAINED:
        return about == "procedure" or (about == "silence" and request.late)
    return request.state != "draft"


def known_first(request, about, today):
    """Return the day from which the ninety days run: the first day of silence, receipt, or the end itself."""
    if about == "silence" and request.unanswered:
        return max(request.unanswered) + DAY
    return request.receipt or (request.ended_on if request.ended else None) or today


def known_second(first, today):
    """Return the day from which the thirty days run: receipt of the answer, or the last day of the silence (A18)."""
    if first.answered:
        return first.receipt or first.answered
    return max((day for name, day in first.dues if day and name in ("accept", "decide")), default=today)
