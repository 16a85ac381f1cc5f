"""The question list of a benchmark, in whatever form it is published: JSON lines, a JSON list or object, CSV.

Field names are those of the published lists (CG-Bench, LongVideoBench, LVBench, Video-MME, MLVU, VideoEval-Pro,
M3-Bench, PerceptionComp, QVHighlights, NExT-QA, NExT-GQA, TVQA+, ActivityNet, ReXTime, VUE-TR and our own), spelled
with or without capitals and underscores. Whatever else is in a file is passed over.
"""

import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.benchmark import Benchmark, BenchmarkQuestion
from schemas.chat import clean
from schemas.errors import SettingsError

QUESTION = ("question", "query", "q", "questiontext", "problem")
TEXT = "text"
"""A question only beside the name of a video, as in our own manifests; elsewhere it is a subtitle or anything."""

VIDEO = frozenset(
    {
        *("video", "videoid", "videouid", "videoname", "videopath", "videofile", "videofilename", "videourl"),
        *("vid", "vidname", "youtubeid", "youtubeurl", "ytid", "url", "key"),
    }
)
ALONE = frozenset({"id", "uri"})
"""Names of a video only in what is no question and names no other: in a manifest of videos."""

CHOICES = frozenset({"choices", "options", "candidates"})
_CHOICE = re.compile(r"(?:a|option|choice|answerchoice)(?:[0-9]|[a-h])")
_LETTER = re.compile(r"^\s*\(?[A-Z][.):]\s*")

HOLDERS = frozenset(
    {
        *("data", "annotations", "database", "questions", "items", "entries", "results", "videos", "qa", "qas"),
        *("qalist", "train", "training", "val", "valid", "validation", "dev", "test", "testing"),
    }
)
"""Keys of an object that hold entries; any other key above an entry is the name of its video."""

csv.field_size_limit(10_000_000)


@dataclass(slots=True)
class _Found:
    videos: dict[str, dict[str, None]] = field(default_factory=dict)
    questions: dict[BenchmarkQuestion, None] = field(default_factory=dict)


def read_benchmark(name: str, path: str | os.PathLike[str]) -> Benchmark:
    """The questions and the names of videos in a file.

    Raises:
        SettingsError: the file cannot be read, is none of the forms, or holds neither a question nor a video.
    """
    shown = os.fspath(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise _bad(name, f"{shown} cannot be read ({error.strerror}); correct its path") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _bad(name, f"{shown}:{line}: this is not UTF-8 text; save the file as UTF-8") from None
    found = _Found()
    try:
        entries = _rows(text, shown) if shown.casefold().endswith((".csv", ".tsv")) else _json(text)
        for entry in entries:
            _walk(entry, (), found)
    except _BadLine as error:
        raise _bad(name, f"{shown}:{error.line}: {error.detail}") from None
    except RecursionError:
        raise _bad(name, f"{shown}: its JSON is nested too deep to be a list of questions") from None
    if not found.questions and not found.videos:
        raise _bad(
            name,
            f"{shown} holds no question ({', '.join(QUESTION[:3])}) and no name of a video (video_id, video, vid,"
            " video_path, url, key); rename its fields, or take the benchmark out",
        )
    videos = tuple(tuple(map(clean, names)) for names in found.videos.values())
    questions = (BenchmarkQuestion(clean(one.text), tuple(map(clean, one.choices))) for one in found.questions)
    return Benchmark(name, hashlib.sha256(data).hexdigest(), videos, tuple(questions))


def _bad(name: str, detail: str) -> SettingsError:
    return SettingsError("bad_benchmark", f"curate.benchmarks, {name}: {detail}")


class _BadLine(Exception):
    def __init__(self, line: int, detail: str) -> None:
        super().__init__(line, detail)
        self.line = line
        self.detail = detail


def _json(text: str) -> Iterable[Any]:
    """One JSON value, or one a line."""
    try:
        return [json.loads(text, parse_int=_whole)]
    except json.JSONDecodeError as error:
        whole = error
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise _BadLine(1, "the file is empty")
    entries = []
    for number, line in lines:
        try:
            entries.append(json.loads(line, parse_int=_whole))
        except json.JSONDecodeError as error:
            if not entries:
                raise _BadLine(whole.lineno, f"this is not JSON: {whole.msg} (column {whole.colno})") from None
            raise _BadLine(number, f"this line is not JSON: {error.msg} (column {error.colno})") from None
    return entries


def _whole(digits: str) -> int | None:
    """None for a number of more digits than Python reads: it names nothing."""
    try:
        return int(digits)
    except ValueError:
        return None


def _rows(text: str, shown: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(
        io.StringIO(text, newline=""), strict=True, delimiter="\t" if shown.casefold().endswith("tsv") else ","
    )
    try:
        for row in reader:
            if None in row:
                raise _BadLine(reader.line_num, "this line has more fields than the first one names")
            yield row
    except csv.Error as error:
        raise _BadLine(reader.reader.line_num, f"this is not CSV: {error}") from None


def _walk(node: Any, above: tuple[str, ...], found: _Found) -> None:
    """Takes what is in a value and all that it holds; `above` are the names of the video that it is about."""
    if isinstance(node, list):
        for item in node:
            _walk(item, above, found)
    if not isinstance(node, dict):
        return
    fields = [(plain_field(key), value) for key, value in node.items()]
    asked = next((value for wanted in QUESTION for key, value in fields if key == wanted and _words(value)), "")
    own = tuple(name for key, value in fields if key in VIDEO for name in _names(value))
    if not own and not above and not asked:
        own = tuple(name for key, value in fields if key in ALONE for name in _names(value))
    names = above + own
    asked = asked or next((value for key, value in fields if key == TEXT and names and _words(value)), "")
    if names:
        found.videos.setdefault(names[0], {}).update(dict.fromkeys(names))
    if asked:
        found.questions[BenchmarkQuestion(asked, _choices(fields))] = None
    named = bool(node) and not names and not asked and all(_holds_entries(value) for value in node.values())
    for key, value in node.items():
        if plain_field(key) not in CHOICES:
            _walk(value, (key,) if named and plain_field(key) not in HOLDERS else names, found)


def _holds_entries(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
    )


def plain_field(key: str) -> str:
    """The name of a field without capitals, underscores and the like."""
    return re.sub(r"[^a-z0-9]", "", key.casefold())


def _words(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _names(value: Any) -> list[str]:
    """Names of one video; a list of several values names several videos and is no name of one."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    return [value.strip()] if _words(value) else []


def _choices(fields: list[tuple[str, Any]]) -> tuple[str, ...]:
    held = next((value for key, value in fields if key in CHOICES and isinstance(value, list | dict)), None)
    if held is None:
        held = [value for key, value in fields if _CHOICE.fullmatch(key)]
    texts = held.values() if isinstance(held, dict) else held
    return tuple(_LETTER.sub("", str(text)).strip() for text in texts if isinstance(text, str | int | float))
