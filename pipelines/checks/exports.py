"""Checks of the exports: every row is what its record says, and what it shows is there."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pipelines.checks.beside import lacking, shown, told
from pipelines.checks.release import Release, Row, split_of
from schemas.errors import InputError
from schemas.settings import ExportName
from schemas.trajectory import kept_although
from transforms.dialects.strings import IMAGE
from transforms.write.exports.base import Export
from transforms.write.exports.clips import FOLDER
from transforms.write.exports.looks import VIDEO
from transforms.write.exports.pairs import WRONG
from transforms.write.exports.registry import EXPORTS
from transforms.write.files import export_line, holds_none

Sources = Iterator[tuple[str, Any]]
"""Split and what rows are made of, in the order of the rows of each split."""


def exported(release: Release) -> Iterator[str]:
    """Every row of an export is its record in that form, in order of id; every key in every line, and no null."""
    for name, export in EXPORTS.items():
        if name in release.exports:
            yield from _exported(release, name, export)
        elif release.shards(name, "jsonl"):
            yield f"{name}/ is there, but config.yaml names no such export"


def _exported(release: Release, name: ExportName, export: Export) -> Iterator[str]:
    found = {split: _lines(release, name, split) for split in _splits(release, name)}
    for split, source in _sources(release, name, export):
        try:
            wanted = export.rows(source, release.settings.write)
        except InputError as error:
            yield f"{name}/: a record cannot be written in this form: {error.detail}"
            continue
        for row in wanted:
            where, line = next(found.get(split, iter(())), ("", None))
            if line is None:
                yield f"{name}/ lacks the row of {row['id']} in {split}"
                return
            due = export_line(row)
            odd = [key for key in due if key not in line or due[key] != line[key]]
            if list(line) != list(due) or odd:
                yield f"{where}: {', '.join(odd) or 'keys'} are not what the record of {row['id']} says"
            elif holds_none(line):
                yield f"{where}: a value is null"
    for lines in found.values():
        for where, line in lines:
            yield f"{where}: {line.get('id')} comes of no record"


def _splits(release: Release, name: str) -> list[str]:
    return sorted({split_of(path.name) for path in release.shards(name, "jsonl")})


def _lines(release: Release, name: str, split: str) -> Iterator[tuple[str, Row]]:
    for path in release.shards(name, "jsonl"):
        if split_of(path.name) == split:
            yield from release.lines_of(path)


def _sources(release: Release, name: ExportName, export: Export) -> Sources:
    if export.source == "question":
        for where, row in release.rows("rl"):
            yield split_of(where), row | {"images": [image["path"].removesuffix(".jpg") for image in row["images"]]}
    elif export.source in ("trajectory", "solved", "cut"):
        yield from _chosen(release, name, export)
    elif export.source == "told":
        yield from ((split_of(where), of) for where, of in told(release))
    else:
        for split, ids in _comparable(release):
            yield split, tuple(one for id in ids if (one := release.trajectory(id)))


def _chosen(release: Release, name: ExportName, export: Export) -> Sources:
    lost, seen = lacking(release, name), set()
    for where, record in release.trajectories():
        question = record.video.id, record.question.id
        chosen = record.status == "accept" or (kept_although(record) and export.source != "solved")
        if not chosen or record.id in lost or (export.source == "solved" and question in seen):
            continue
        seen.add(question)
        yield split_of(where), shown(release, record) if export.source == "cut" else record


def _comparable(release: Release) -> list[tuple[str, list[str]]]:
    """Split and ids of the accepted and the wrong rollouts of every question that has both, by id."""
    accepted, wrong = defaultdict(list), defaultdict(list)
    for where, row in release.rows("trajectories", ["id", "status", "code", "video.id", "question.id"]):
        key = split_of(where), row["video"]["id"], row["question"]["id"]
        if row["status"] == "accept":
            accepted[key].append(row["id"])
        elif row["code"] == WRONG:
            wrong[key].append(row["id"])
    found = [(key[0], [*sorted(ids), *sorted(wrong[key])]) for key, ids in accepted.items() if key in wrong]
    return sorted(found, key=lambda one: (one[0], one[1][0]))


def media(release: Release) -> Iterator[str]:
    """Every picture and clip that an export names is there, every video is one that rows are about, each placeholder
    has its own."""
    uris = {row["video"]["uri"] for _, row in release.rows("trajectories", ["video.uri"])}
    uris |= {row["extra_info"]["video_uri"] for _, row in release.rows("rl", ["extra_info.video_uri"])}
    there = {release.relative(path) for path in (release.root / "sft" / "frames").rglob("*.jpg")}
    cut = {release.relative(path) for path in (release.root / FOLDER).rglob("*.mp4")}
    for where, line in release.export_lines():
        for path in line.get("images", ()):
            if path not in there:
                yield f"{where}: {path} is missing"
        for video in line.get("videos", ()):
            uri = _named(video)
            if uri not in uris | cut:
                yield f"{where}: {uri} is the uri of no video, and no clip"
        tag_of_videos = EXPORTS[where.split("/")[0]].video_tag
        for tag, kind in ((IMAGE, "images"), (VIDEO, "videos")) if tag_of_videos == VIDEO else ((IMAGE, "videos"),):
            count = _count(line, tag, kind)
            if count != len(line.get(kind, ())):
                yield f"{where}: {count} placeholders for {len(line.get(kind, ()))} {kind}"


def _named(video: Any) -> str:
    """The video that an entry of `videos` names: by itself, by `url`, or by `video` as a file (LongVT)."""
    if isinstance(video, dict):
        return str(video.get("url") or video["video"]).removeprefix("file://")
    return str(video)


def _count(value: Any, tag: str, kind: str) -> int:
    """Placeholders in plain data, as tags in its strings or as parts."""
    if isinstance(value, str):
        return value.count(tag)
    if isinstance(value, dict):
        return (value == {"type": kind.removesuffix("s")}) + sum(_count(item, tag, kind) for item in value.values())
    return sum(_count(item, tag, kind) for item in value) if isinstance(value, list) else 0
