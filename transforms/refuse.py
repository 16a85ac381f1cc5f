"""From an exception to a Rejected row: the one place where errors become data."""

import re
from typing import Any

from schemas.errors import BudgetError, EngineError, FrametrailError
from schemas.source import Rejected

PASSING = frozenset(
    {
        *("unreachable", "rate_limited", "server_error", "bad_reply", "not_allowed", "no_key", "no_credit"),
        *("timed_out", "not_ready", "model_down", "may_pass", "store_full", "store_lost", "interrupted"),
        "changed_while_read",
    }
)
"""Codes of failures that say nothing of the unit itself: the same command tries it again. Whatever is transient has one
of them, so that a release's report tells which failures may pass. A bug counts as lasting, or one odd video would keep
all others from ever being released."""

_PATH = re.compile(
    r"""(?<=')(?:file://)?/[^/']+/[^']*(?=')|(?<=")(?:file://)?/[^/"]+/[^"]*(?=")"""
    r"""|(?:file://|(?<![\w/.<]))/[^\s/'"]+/[^\s'"]*"""
)
"""An absolute path: between quotes whatever is in it, else up to the next space."""


def refuse(error: Exception, stage: str, unit: str, id: str, **ids: Any) -> Rejected:
    """The row for a unit that an error ended. Errors that are not ours are bugs: code `bug`, and what was raised.

    Raises:
        BudgetError: that is what it was; it ends the run, not the unit.
    """
    if isinstance(error, BudgetError):
        raise error
    if not isinstance(error, FrametrailError):
        detail = f"{type(error).__name__}: {without_paths(str(error))}; this is a bug in frametrail, please report it"
        return Rejected(stage, "bug", "fail", unit, id, detail, **ids)
    transient = isinstance(error, EngineError) and error.transient
    code = "may_pass" if transient and error.code not in PASSING else error.code
    return Rejected(stage, code, "fail", unit, id, error.detail, **ids)


def without_paths(text: str) -> str:
    """The text with only the last name of each absolute path: rows tell nothing of the machine they were made on."""
    return _PATH.sub(lambda found: found[0].rstrip("/").rsplit("/", 1)[-1], text)
