"""Trying again what may pass: the Hub's rate limits and outages, connections that are cut."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx2
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import parse_ratelimit_headers

from schemas.errors import SettingsError, StoppedError
from transforms.engines.retry import retry_after_s

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
BUSY = 429
EXPIRED = frozenset({400, 403})
"""What the storage of large files says of an address that was too old by the time its turn came; a next try gets a
new one. An error of the storage comes wrapped, those of the Hub itself do not."""
LONGEST_S = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """`tries` of one step in all, where the Hub is out of order; a rate limit costs none of them, but no step waits
    more than `most_s` seconds in all. `first_s` is the first wait, each later one is twice as long, up to a minute,
    where the Hub does not say when to come back."""

    say: Callable[[str], None]
    tries: int = 8
    most_s: float = 1800.0
    first_s: float = 1.0
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, step: Callable[[], T]) -> T:
        """What `step` gives; it is called again after what may pass, so it has to look at what is there already.

        Raises:
            StoppedError: the Hub did not come back; the same command goes on.
            SettingsError: the Hub refuses, and will again.
        """
        tried, failed, waited_s = 0, 0, 0.0
        while True:
            try:
                return step()
            except OfflineModeIsEnabled as error:
                raise SettingsError("offline", "HF_HUB_OFFLINE is set, so nothing reaches the Hub; unset it") from error
            except (HfHubHTTPError, httpx2.TransportError, OSError, RuntimeError, ValueError) as error:
                cause = passing(error)
                if cause is None:
                    if (no := refused(error)) is not None:
                        raise no from error
                    raise
                failed += not cause.busy
                wait_s = cause.told_s or min(LONGEST_S, self.first_s * 2.0 ** min(tried, 10))
                tried += 1
                if failed >= self.tries or waited_s + wait_s > self.most_s:
                    raise StoppedError(
                        "hub_away",
                        f"the Hub does not answer ({cause.what}); what it has is kept, run it again later"
                        + (f", in {cause.told_s:.0f} s at the earliest" if cause.told_s else ""),
                    ) from error
                self.say(f"the Hub says {cause.what}; trying again in {wait_s:.0f} s")
                self.sleep(wait_s)
                waited_s += wait_s


@dataclass(frozen=True, slots=True)
class Passing:
    """A failure that may pass. `told_s` is when the Hub itself says to come back, 0 when it does not."""

    what: str
    busy: bool = False
    told_s: float = 0.0


def passing(error: BaseException) -> Passing | None:
    """What may pass in an error, or in what caused it (an upload that broke comes wrapped); None where nothing may."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, HfHubHTTPError):
            status = seen.response.status_code
            told_s = _told_s(dict(seen.response.headers))
            if seen is not error and status in EXPIRED:
                return Passing(f"HTTP {status} of its storage")
            return Passing(f"HTTP {status}", status == BUSY, told_s) if status in PASSING else None
        if isinstance(seen, httpx2.TransportError | ConnectionError | TimeoutError):
            return Passing(type(seen).__name__)
        if isinstance(seen, json.JSONDecodeError):
            return Passing("something that is not the Hub's")  # a proxy's page, read before its status was looked at
        seen = seen.__cause__
    # hf_xet says nothing finer of a transfer that broke after its own tries
    return Passing("a transfer that broke") if type(error) is RuntimeError else None


def _told_s(headers: dict[str, str]) -> float:
    limit = parse_ratelimit_headers(headers)
    window_s = float(limit.reset_in_seconds) if limit and not limit.remaining else 0.0
    return max(retry_after_s(headers), window_s)


def refused(error: Exception) -> SettingsError | None:
    """What to do where the Hub says no; None of an error that is not the Hub's."""
    if type(error) is ValueError:  # what huggingface_hub makes of a card that the Hub finds wrong
        return SettingsError("hub", f"the Hub refuses: {' '.join(str(error).split())[:300]}")
    said_no = error if isinstance(error, HfHubHTTPError) else error.__cause__
    if not isinstance(said_no, HfHubHTTPError):
        return None
    status = said_no.response.status_code
    if status in (401, 403, 404):
        return SettingsError(
            "no_access",
            f"the Hub refuses (HTTP {status}): log in with `hf auth login`, or set HF_TOKEN, with a token that may"
            " write to this repository",
        )
    if status in (409, 412):
        return SettingsError("moved", "somebody else changed the repository meanwhile; look at it, and run this again")
    said = re.sub(r"\?[^\s'\"]*", "", (str(said_no).splitlines() or [""])[0])  # an address may have been signed
    return SettingsError("hub", f"the Hub refuses (HTTP {status}): {said[:300]}")
