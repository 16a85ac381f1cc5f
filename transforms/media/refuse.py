"""Why a file cannot be opened as a video, in words that a person can act on."""

from pathlib import Path

from schemas.errors import InputError

_PICTURES = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)


def refusal(path: Path, reason: str) -> InputError:
    """The error for a file that FFmpeg turned down, from the file's own first bytes.

    `reason` is FFmpeg's message, kept where the bytes say nothing better.
    """
    if not path.exists():
        return InputError("missing", "there is no such file; check the uri and the folder it is relative to")
    if path.is_dir():
        return InputError("unreadable", "this is a folder; give the video files in it one by one")
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError as error:
        return InputError("unreadable", f"the file cannot be read ({error.strerror}); check its permissions")
    return InputError("unreadable", f"the file {_looks_like(head, reason)}")


def _looks_like(head: bytes, reason: str) -> str:
    if not head:
        return "is empty (0 bytes); fetch it again"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "is an HTML page, probably an error page saved under a video's name; fetch the video itself"
    for magic, what in _PICTURES:
        if head.startswith(magic):
            return f"is {what}, not a video"
    if _is_text(head):
        return "is a text file under a video's name; fetch the video itself"
    if head[4:8] == b"ftyp":
        return "is an MP4 whose index (moov) is missing or broken, as when copying was cut off; fetch it again"
    return f"is in no container that can be read here ({reason}); convert it to MP4 or Matroska, or fetch it again"


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut in the middle, so up to three bytes may be missing at the end.
        text = head.decode("utf-8", errors="strict" if len(head) < 1024 else "ignore")
    except UnicodeDecodeError:
        return False
    return len(text) > len(head) // 4 and all(char.isprintable() or char in "\t\r\n\f" for char in text)
