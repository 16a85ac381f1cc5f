"""A whole source: videos and questions that belong together, and everything that was turned away."""

import difflib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from schemas.errors import EngineError, InputError, SettingsError
from schemas.settings import Fetch
from schemas.source import Question, Rejected, Terms, Video
from transforms.read.folder import list_folder
from transforms.read.lines import numbered_lines
from transforms.read.manifest import base_of, parse_question_line, parse_video_line, turned_away
from transforms.remote.download import download, path_of
from transforms.remote.network import INTERNET, Network
from transforms.remote.uris import is_remote, parse

T = TypeVar("T", Video, Question)

MOST_MANIFEST_BYTES = 4_000_000_000
"""Of a remote manifest: ten million lines of 400 bytes."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a source holds. `units` counts what came in: files of a folder, or lines of manifests without blank ones."""

    videos: tuple[Video, ...]
    questions: tuple[Question, ...]
    rejected: tuple[Rejected, ...]
    units: int


def gather_folder(path: str | os.PathLike[str], license: str = "", allow: tuple[str, ...] = ()) -> Gathered:
    """Every video under a folder.

    Raises:
        SettingsError: there is no such folder, or no video in it.
    """
    videos, rejected = list_folder(path, license, allow)
    return Gathered(videos, (), rejected, len(videos) + len(rejected))


def gather_manifest(
    videos: str | os.PathLike[str],
    questions: str | os.PathLike[str] | None = None,
    allow: tuple[str, ...] = (),
    limits: Fetch = Fetch(),  # noqa: B008  # frozen
    network: Network = INTERNET,
) -> Gathered:
    """The videos and questions of two manifests, which may be remote.

    Raises:
        SettingsError: a manifest cannot be read, the one of videos has no line, or both are one file.
    """
    if questions and os.path.realpath(videos) == os.path.realpath(questions):
        raise SettingsError("one_manifest", f"{os.fspath(videos)} cannot be both manifests; write two files")
    videos_name, questions_name = _without_query(videos), _without_query(questions or "")
    of_videos, of_questions = _apart(videos_name, questions_name)
    with _at_hand(videos, allow, network) as path:
        video_rows = [(n, parse_video_line(line, n, videos_name, allow, limits)) for n, line in numbered_lines(path)]
    if not video_rows:
        raise SettingsError("no_videos", f"{os.fspath(videos_name)} has no line; write one video a line")
    kept_videos, bad_videos = find_duplicates(video_rows, videos_name)
    rejected = _under(of_videos, bad_videos)
    at = {row.video_id: row.id for row in reversed(rejected) if row.video_id}
    question_rows: list[tuple[int, Question | Rejected]] = []
    kept_questions: list[Question] = []
    if questions:
        with _at_hand(questions, allow, network) as path:
            question_rows = [(n, parse_question_line(line, n, questions_name)) for n, line in numbered_lines(path)]
        unique, bad = find_duplicates(question_rows, questions_name)
        known = {video.id for _, video in kept_videos}
        for number, question in unique:
            if question.video_id in known:
                kept_questions.append(question)
            else:
                bad.append(_without_video(question, number, questions_name, known, at))
        rejected += _under(of_questions, bad)
    units = len(video_rows) + len(question_rows)
    return Gathered(tuple(video for _, video in kept_videos), tuple(kept_questions), tuple(rejected), units)


@contextmanager
def _at_hand(
    manifest: str | os.PathLike[str], allow: tuple[str, ...], network: Network
) -> Iterator[str | os.PathLike[str]]:
    """The local file of a manifest; a remote one is fetched for as long as it is read.

    Raises:
        SettingsError: it cannot be fetched.
    """
    name = os.fspath(manifest)
    if not is_remote(name):
        yield manifest
        return
    with TemporaryDirectory(prefix="frametrail-manifest-") as folder:
        try:
            terms = Terms((base_of(name), *filter(is_remote, allow)), MOST_MANIFEST_BYTES)
            found = download(name, terms, Path(folder), network=network)
        except (InputError, EngineError) as error:
            raise SettingsError(error.code, f"the manifest cannot be fetched: {error.detail}") from None
        yield path_of(Path(folder), found)


def _without_query(manifest: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """A manifest's name as it may be shown."""
    name = os.fspath(manifest)
    return parse(name).shown if is_remote(name) else manifest


def find_duplicates(
    rows: Iterable[tuple[int, T | Rejected]], manifest: str | os.PathLike[str]
) -> tuple[list[tuple[int, T]], list[Rejected]]:
    """Rows with their line numbers → those with an id of their own, and what is turned away.

    The first of several rows with one id is kept; the later ones are rejected with `duplicate_id` and its line.
    """
    first: dict[str, int] = {}
    kept: list[tuple[int, T]] = []
    rejected: list[Rejected] = []
    for number, row in rows:
        if isinstance(row, Rejected):
            rejected.append(row)
        elif row.id in first:
            detail = f"the id {row.id!r} is already that of line {first[row.id]}; give each row an id of its own"
            names = {"video_id": row.id} if isinstance(row, Video) else {"question_id": row.id}
            rejected.append(turned_away("duplicate_id", detail, number, manifest, **names))
        else:
            first[row.id] = number
            kept.append((number, row))
    return kept, rejected


def _apart(videos: str | os.PathLike[str], questions: str | os.PathLike[str]) -> tuple[str, str]:
    """What tells the rows of two manifests of one name apart: their folders, or what they list where these have one
    name too; nothing where the manifests have names of their own."""
    if os.path.basename(videos) != os.path.basename(questions):
        return "", ""
    folders = [os.path.basename(os.path.dirname(os.path.abspath(manifest))) for manifest in (videos, questions)]
    return (folders[0], folders[1]) if folders[0] != folders[1] else ("videos", "questions")


def _under(folder: str, rows: list[Rejected]) -> list[Rejected]:
    return [replace(row, id=f"{folder}/{row.id}") for row in rows] if folder else rows


def _without_video(
    question: Question, number: int, manifest: str | os.PathLike[str], known: set[str], rejected_at: dict[str, str]
) -> Rejected:
    wanted = question.video_id
    if wanted in rejected_at:
        code, detail = "rejected_video", f"its video {wanted!r} was turned away: see {rejected_at[wanted]}"
    else:
        near = difflib.get_close_matches(wanted, sorted(known), n=1)
        advice = f"did you mean {near[0]!r}?" if near else "add it to the manifest of videos"
        code, detail = "unknown_video", f"no video has the id {wanted!r}; {advice}"
    return turned_away(code, detail, number, manifest, question_id=question.id, video_id=wanted)
