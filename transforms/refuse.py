"""From an exception to a Rejected row: the one place where errors become data."""

from typing import Any

from schemas.errors import FrametrailError
from schemas.source import Rejected


def refuse(error: Exception, stage: str, unit: str, id: str, **ids: Any) -> Rejected:
    """The row for a unit that an error ended. Errors that are not ours are bugs: code `bug`, and what was raised."""
    if isinstance(error, FrametrailError):
        return Rejected(stage, error.code, "fail", unit, id, error.detail, **ids)
    detail = f"{type(error).__name__}: {error}; this is a bug in frametrail, please report it"
    return Rejected(stage, "bug", "fail", unit, id, detail, **ids)
