"""One line of a manifest → one Video or Question, or the Rejected row that tells a person what to correct."""

import difflib
import os
import re
from collections.abc import Callable
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.codec import canonical
from schemas.errors import InputError
from schemas.settings import Fetch
from schemas.source import Evidence, Kind, Question, Rejected, Terms, Video
from schemas.span import Span, seconds
from transforms.read.given_answers import answer_of, choices_of
from transforms.read.lines import has_control, read_object, without_control
from transforms.read.sidecar import sidecar
from transforms.read.uris import find
from transforms.remote.uris import folder_of, is_remote, parse
from transforms.times import LATEST_S

T = TypeVar("T")

_SHA256 = re.compile(r"[0-9a-f]{64}")

LONGEST_ID = 256
"""Characters. Ids stand in file names of viewers and in every row; longer ones are texts that slipped."""


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


L = TypeVar("L", bound=Line)


class VideoLine(Line):
    """A video as a manifest spells it. Extras belong into `meta`."""

    id: str
    uri: str
    license: str = ""
    subtitles: str | None = Field(
        default=None, description="uri of an .srt/.vtt; without it, one beside a local video."
    )
    sha256: str = Field(default="", description="What the bytes of the video must be.")
    group: str = Field(default="", description="Videos of one group go into the same split.")
    meta: dict[str, Any] = {}


class EvidenceLine(Line):
    start_s: float
    end_s: float
    box: list[float] | None = None


class QuestionLine(Line):
    """A question as a manifest spells it. Extras belong into `meta`."""

    id: str
    video_id: str
    text: str
    kind: Kind
    choices: list[str] | None = None
    answer: str | int | float | list[str | int | float]
    evidence: list[EvidenceLine] = []
    meta: dict[str, Any] = {}


def parse_video_line(
    line: bytes,
    number: int,
    manifest: str | os.PathLike[str],
    allow: tuple[str, ...] = (),
    limits: Fetch = Fetch(),  # noqa: B008  # frozen
) -> Video | Rejected:
    """The video of line `number` (from 1) of the file `manifest`, which may be a remote uri.

    Its own uris lie under the manifest's folder or `allow`. Whether a remote file is there shows when it is fetched.
    """

    def read() -> Video:
        row = _checked(VideoLine, read_object(line))
        _plain(id=row.id, uri=row.uri, license=row.license, subtitles=row.subtitles or "", group=row.group)
        _identifier("id", row.id)
        if row.sha256 and not _SHA256.fullmatch(row.sha256):
            raise InputError("bad_digest", "`sha256` must be 64 of 0-9 and a-f; write what sha256sum says")
        base = base_of(manifest)
        roots = (base, *allow)
        place = find(row.uri, base, roots)
        beside = sidecar(place.path) if place.path else ""
        subtitles = _subtitles(row.subtitles, base, roots) if row.subtitles else beside
        remote = is_remote(place.location) or is_remote(subtitles)
        return Video(
            id=row.id,
            uri=place.uri,
            location=place.location,
            license=row.license,
            subtitles=subtitles,
            group=row.group,
            meta_json=_meta(row.meta),
            wanted_sha256=row.sha256,
            terms=Terms(tuple(filter(is_remote, roots)), limits.most_mb * 1_000_000) if remote else None,
        )

    return _or_rejected(read, line, number, manifest, "video_id")


def base_of(manifest: str | os.PathLike[str]) -> str:
    """The folder that a manifest lies in: a path, or a remote uri."""
    name = os.fspath(manifest)
    return folder_of(parse(name)) if is_remote(name) else os.path.dirname(os.path.abspath(name))


def parse_question_line(line: bytes, number: int, manifest: str | os.PathLike[str]) -> Question | Rejected:
    """The question of line `number` (from 1) of the file `manifest`. That its video exists is checked afterwards."""

    def parse() -> Question:
        row = _checked(QuestionLine, read_object(line))
        _plain(id=row.id, video_id=row.video_id, text=row.text)
        _identifier("id", row.id)
        _identifier("video_id", row.video_id)
        if not row.text.strip():
            raise InputError("empty_text", "`text` is empty; write the question")
        for text in [*(row.choices or []), *(row.answer if isinstance(row.answer, list) else [row.answer])]:
            if isinstance(text, str):
                _plain(choices_or_answer=text)
        choices = choices_of(row.kind, row.choices)
        return Question(
            id=row.id,
            video_id=row.video_id,
            text=row.text.strip(),
            kind=row.kind,
            answer=answer_of(row.kind, row.answer, choices),
            choices=choices,
            evidence=tuple(_evidence(n, piece) for n, piece in enumerate(row.evidence, start=1)),
            meta_json=_meta(row.meta),
        )

    return _or_rejected(parse, line, number, manifest, "question_id")


def turned_away(code: str, detail: str, number: int, manifest: str | os.PathLike[str], **ids: str) -> Rejected:
    """The Rejected row of a line of a manifest; `ids` are its `video_id` and `question_id` where they are known."""
    name = os.path.basename(os.fspath(manifest))
    return Rejected(
        stage="read",
        code=code,
        outcome="fail",
        unit="line",
        id=f"{name}:{number}",
        detail=without_control(detail),
        line=number,
        **ids,
    )


def _or_rejected(
    parse: Callable[[], T], line: bytes, number: int, manifest: str | os.PathLike[str], names: str
) -> T | Rejected:
    """What `parse` gives, or the row with its reason; `names` is the field of the row that the line's id goes to."""
    try:
        return parse()
    except InputError as error:
        return turned_away(error.code, error.detail, number, manifest, **{names: _id_of(line)})
    except (ValueError, OverflowError) as error:
        # A number or text that some conversion further in could not take: this line's fault, and no other's.
        return turned_away("bad_value", f"a value cannot be used ({error})", number, manifest, **{names: _id_of(line)})


def _id_of(line: bytes) -> str:
    """The id of a line that is otherwise wrong, empty when it has none that may be shown."""
    try:
        name = read_object(line).get("id")
    except InputError:
        return ""
    return name if isinstance(name, str) and len(name) <= LONGEST_ID and not has_control(name) else ""


def _subtitles(uri: str, base: str, roots: tuple[str, ...]) -> str:
    try:
        return find(uri, base, roots).location
    except InputError as error:
        raise InputError(error.code, f"`subtitles`: {error.detail}") from None


def _evidence(number: int, piece: EvidenceLine) -> Evidence:
    name = f"evidence {number}"
    if piece.start_s < 0:
        raise InputError("bad_evidence", f"{name} starts before 0 s; times count from the first frame")
    if piece.end_s > LATEST_S:
        raise InputError("bad_evidence", f"{name} ends at {piece.end_s:g} s, longer than a video; write seconds")
    if seconds(piece.end_s) <= seconds(piece.start_s):
        raise InputError(
            "bad_evidence",
            f"{name} ends at {piece.end_s:g} s, not after its start at {piece.start_s:g} s; write start_s before end_s",
        )
    span = Span(seconds(piece.start_s), seconds(piece.end_s))
    if piece.box is None:
        return Evidence(span)
    if len(piece.box) != 4 or not all(0 <= edge <= 1 for edge in piece.box):
        raise InputError("bad_box", f"the box of {name} must be [x0, y0, x1, y1] as fractions of the picture, 0 to 1")
    x0, y0, x1, y1 = piece.box
    if x0 >= x1 or y0 >= y1:
        raise InputError("bad_box", f"the box of {name} must have x0 < x1 and y0 < y1")
    return Evidence(span, (x0, y0, x1, y1))


def _checked(kind: type[L], given: dict[str, Any]) -> L:
    """The object as a model of ours; the first thing that is wrong is told in our words."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _told(error) from None


def _told(error: ValidationError) -> InputError:
    """Missing and misspelt keys belong together, so all of them are told at once; else the first wrong value is."""
    errors = error.errors()
    missing = [_where(e["loc"]) for e in errors if e["type"] == "missing"]
    unknown = [e["loc"] for e in errors if e["type"] == "extra_forbidden"]
    if unknown:
        return InputError("unknown_key", "; ".join(_unknown(loc) for loc in unknown))
    if missing:
        return InputError("missing_key", f"{', '.join(missing)} must be given")
    first = errors[0]
    if not first["loc"]:
        return InputError("control_characters", "a key holds half a character; remove it")
    where = _where(first["loc"][:1]) if first["loc"][0] == "answer" else _where(first["loc"])
    expected = {
        "answer": "a text, a number, a list of texts, or [start_s, end_s]",
        "kind": f"one of {', '.join(get_args(Kind))}",
    }.get(str(first["loc"][0]), str(first["msg"]).removeprefix("Input should be ").removeprefix("a valid "))
    return InputError("wrong_type", f"{where} must be {expected}, not {_shown(first['input'])}")


def _unknown(loc: tuple[int | str, ...]) -> str:
    model: type[Line] = EvidenceLine if loc[0] == "evidence" else QuestionLine
    known = {*model.model_fields} | ({*VideoLine.model_fields} if len(loc) == 1 else set())
    near = difflib.get_close_matches(str(loc[-1]), sorted(known), n=1)
    advice = f"did you mean `{near[0]}`?" if near else "put extras into `meta`"
    return f"{_where(loc)} is not a key here; {advice}"


def _where(loc: tuple[int | str, ...]) -> str:
    return "`" + "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".") + "`"


def _shown(value: Any) -> str:
    try:
        text = canonical(value)
    except ValueError:
        text = "a number that JSON cannot carry"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain(**texts: str) -> None:
    for name, text in texts.items():
        if has_control(text):
            name = name.replace("_or_", " or ")
            raise InputError("control_characters", f"{name} holds control characters or half a character; remove them")


def _identifier(name: str, text: str) -> None:
    if not text.strip():
        raise InputError("empty_text", f"`{name}` is empty; give every row a name of its own")
    if len(text) > LONGEST_ID or text != text.strip() or "\n" in text or "\r" in text or "\t" in text:
        raise InputError(
            "bad_id", f"`{name}` must be one line of at most {LONGEST_ID} characters without spaces at its ends"
        )


def _meta(meta: dict[str, Any]) -> str:
    try:
        text = canonical(meta)
        text.encode()
    except ValueError:
        raise InputError("bad_meta", "`meta` holds numbers or characters that JSON cannot carry") from None
    return text
