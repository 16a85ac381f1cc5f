"""Whether and when a call that failed is tried again: one pure function for all services."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from schemas.errors import EngineError

RETRIED = frozenset({"rate_limited", "server_error", "unreachable", "timed_out", "bad_reply"})
"""Codes of failures that may be over in a moment. Others may pass too (a key that is refused, a model that is not
there yet), but not before a person has done something."""

TRIES = 6
"""Calls made in all before a failure other than a rate limit is told: at most about half a minute of waiting."""
LONGEST_S = 30.0
PATIENCE_S = 1800.0
"""How long a call that is only refused by a rate limit goes on trying."""
_FIRST_S = 0.5


def next_try_s(error: EngineError, tries: int, waited_s: float, chance: float) -> float | None:
    """Seconds to wait before the next try; None when there is none.

    `tries` have failed so far for this reason, `waited_s` is what has been waited in all, `chance` is uniform in 0..1:
    the wait is spread over half its length (equal jitter; Brooker, "Exponential Backoff and Jitter", 2015), so that
    calls that failed together don't come back together. A rate limit says nothing of the call, so it is not counted
    against it; what the service says of when to come back is obeyed, and ends the trying when it is beyond patience.
    """
    if not error.transient or error.code not in RETRIED:
        return None
    backoff = min(LONGEST_S, _FIRST_S * 2 ** min(tries - 1, 10))
    wait_s = max(error.retry_after_s * (1 + chance / 8), backoff * (1 + chance) / 2)
    if error.code == "rate_limited":
        return wait_s if waited_s + wait_s <= PATIENCE_S else None
    return wait_s if tries < TRIES and error.retry_after_s <= 10 * LONGEST_S else None


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float:
    """What a reply's headers say of when to try again, in seconds: `retry-after-ms`, or `retry-after` as a number or
    a date (RFC 9110, 10.2.3); 0 when they say nothing that makes sense."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        told = headers.get("retry-after", "")
        if told.strip().replace(".", "", 1).isdigit():
            return float(told)
        return max(0.0, (parsedate_to_datetime(told) - (now or datetime.now(UTC))).total_seconds())
    except (ValueError, TypeError):
        return 0.0
