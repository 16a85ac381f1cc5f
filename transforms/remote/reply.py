"""What a source of bytes answers, whatever it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.errors import InputError


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes of a file from `start` on.

    `validator` names its state (an ETag), empty when the source has none; `total` is the size of the whole, None when
    it is not told. `unchanged` says that it still is in the state that was named, and brings no bytes. Without `ends`
    nothing tells a body that was cut off from a whole one.
    """

    chunks: Iterator[bytes]
    start: int = 0
    total: int | None = None
    validator: str = ""
    unchanged: bool = False
    ends: bool = True


def too_large(shown: str, most_bytes: int) -> InputError:
    return InputError(
        "too_large",
        f"{shown} is larger than {most_bytes / 1e6:g} MB; cut it, or raise `fetch: {{most_mb: …}}` of the entry",
    )


def missing(shown: str) -> InputError:
    return InputError("missing_file", f"there is no file at {shown}; correct the uri or put the file there")
