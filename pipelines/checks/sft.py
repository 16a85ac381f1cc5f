"""Checks of the SFT rows: both forms agree, every placeholder has its picture, every conversation can be trained on."""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from PIL import Image

from pipelines.checks.answers import pass_rates
from pipelines.checks.release import Release, Row, split_of
from schemas.chat import read_json
from schemas.codec import canonical
from schemas.errors import InputError
from schemas.trajectory import Trajectory
from transforms.dialects.registry import parse
from transforms.dialects.said import Said
from transforms.dialects.strings import IMAGE
from transforms.tools import get_caption
from transforms.write.arrow import SFT
from transforms.write.files import frame_path
from transforms.write.rows import sft_row

Sizes = dict[str, set[tuple[int, int]]]
"""Picture → the widths and heights in pixels that records give it."""

LEAK_CHARS = 40
"""A sentence of caption space longer than this is no coincidence when it turns up in a row."""


def jsonl_parquet(release: Release) -> Iterator[str]:
    """The jsonl and the parquet files hold the same rows in the same order."""
    splits = {split_of(path.name) for path in (*release.shards("sft", "jsonl"), *release.shards("sft_parquet"))}
    for split in sorted(splits):
        jsonl = [path for path in release.shards("sft", "jsonl") if split_of(path.name) == split]
        parquet = [path for path in release.shards("sft_parquet") if split_of(path.name) == split]
        lines = (one for path in jsonl for one in release.lines_of(path))
        rows = (one for path in parquet for one in release.rows_of(path))
        for line, row in zip_longest(lines, rows):
            if line is None or row is None:
                yield f"{(line or row)[0]} has no counterpart in the other form"
                return
            if line[1] != {**row[1], "images": [_path_in_jsonl(image) for image in row[1]["images"] or []]}:
                yield f"{line[0]} and {row[0]} differ"


def _path_in_jsonl(image: Row | None) -> str:
    return frame_path((image or {}).get("path", "").removesuffix(".jpg"))


def jsonl_keys(release: Release) -> Iterator[str]:
    """Every line has every key in one order and no null, so that loaders infer one type for all."""
    for where, line in release.lines():
        if list(line) != SFT.names:
            yield f"{where}: keys are not those of the schema in its order"
        if any(value is None for value in line.values()) or None in line.get("images", ()):
            yield f"{where}: a value is null"


def placeholders(release: Release) -> Iterator[str]:
    """Every `<image>` in a row has its picture and every picture its `<image>`; `images` is never null."""
    for where, row in release.rows("sft_parquet", ["messages", "images.list.element.path"]):
        yield from _placeholders(where, [message["content"] for message in row["messages"]], row["images"])
    for where, line in release.lines():
        yield from _placeholders(where, [message["content"] for message in line["messages"]], line["images"])
    for where, row in release.rows("rl", ["prompt", "problem", "images.list.element.path"]):
        yield from _placeholders(f"{where} (prompt)", [message["content"] for message in row["prompt"]], row["images"])
        yield from _placeholders(f"{where} (problem)", [row["problem"]], row["images"])


def _placeholders(where: str, contents: list[str], images: list[Any] | None) -> Iterator[str]:
    if images is None or None in images:
        yield f"{where}: images are null"
        return
    count = sum(content.count(IMAGE) for content in contents)
    if count != len(images):
        yield f"{where}: {count} placeholders for {len(images)} pictures"


def conversation(release: Release) -> Iterator[str]:
    """Roles alternate, tags are balanced, one call per assistant turn is answered by the next, the last one answers
    (but in rows that are kept although they have no answer)."""
    for where, row in release.rows("sft_parquet", ["messages", "answer", "kept_although"]):
        try:
            said = _parsed(row, release)
        except InputError as error:
            yield f"{where}: {error.detail}"
            continue
        if [turn.role for turn in said[:2]] != ["system", "user"] or said[-1].role != "assistant":
            yield f"{where}: it does not go from a system and a user message to an assistant message"
        elif bool(said[-1].answer) == (row["kept_although"] == "no_answer") or any(turn.answer for turn in said[:-1]):
            yield f"{where}: the answer does not stand at the end, and only there"


def _parsed(row: Row, release: Release) -> tuple[Said, ...]:
    return parse([(message["role"], message["content"]) for message in row["messages"]], release.dialect)


def arguments(release: Release) -> Iterator[str]:
    """Every call names a tool of its row and fits that tool's schema; in records arguments are canonical JSON."""
    for where, row in release.rows("sft_parquet", ["messages"]):
        try:
            said = _parsed(row, release)
        except InputError:
            continue  # `conversation` tells of it
        tools = {tool["name"]: tool["parameters"] for tool in json.loads(said[0].tools_json)}
        for turn in said:
            if turn.call and (wrong := _misfit(tools, *turn.call)):
                yield f"{where}: {wrong}"
    for where, trajectory in release.trajectories():
        for call in (call for turn in trajectory.turns for call in turn.calls) if trajectory.status == "accept" else ():
            try:
                if canonical(read_json(call.arguments_json)) != call.arguments_json:
                    yield f"{where}: the arguments of {call.id} are not canonical JSON"
            except ValueError:
                if not _answered_by_error(trajectory, call.id):
                    yield f"{where}: the arguments of {call.id} are no JSON"


_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _answered_by_error(trajectory: Any, call_id: str) -> bool:
    return any(turn.error and turn.call_id == call_id for turn in trajectory.turns)


def _misfit(tools: dict[str, Row], name: str, arguments_json: str) -> str:
    """Why a call does not fit its tool; empty when it does."""
    if name not in tools:
        return f"the call {name} is of no tool of this row"
    given, schema = json.loads(arguments_json), tools[name]
    properties = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in given:
            return f"the call {name} lacks {key}"
    for key, value in given.items():
        if key not in properties:
            return f"the call {name} has {key}, which the tool does not take"
        wanted = properties[key].get("type", "")
        fits = isinstance(value, _TYPES.get(wanted, object)) and (wanted == "boolean" or not isinstance(value, bool))
        if not fits or value not in properties[key].get("enum", [value]):
            return f"the call {name} has {key} = {value!r}, which the tool does not take"
    return ""


def rendered(release: Release) -> Iterator[str]:
    """Every SFT row is its record, rendered: messages, pictures, columns, and the pass rate of its question."""
    rates = pass_rates(release)
    for where, row in release.rows("sft_parquet"):
        trajectory = release.trajectory(row["id"])
        if trajectory is None:
            continue  # `chosen` tells of it
        try:
            wanted = sft_row(trajectory, rates[trajectory.video.id, trajectory.question.id] or 0.0, release.dialect)
        except InputError as error:
            yield f"{where}: its record cannot be rendered: {error.detail}"
            continue
        wanted["images"] = [{"path": f"{sha}.jpg"} for sha in wanted["images"]]
        odd = [key for key in wanted if wanted[key] != row[key]]
        if odd:
            yield f"{where}: {', '.join(odd)} are not what its record says"


def leaks(release: Release) -> Iterator[str]:
    """No sentence that only the teacher read (caption space) stands in a row, and no caption is said before a deployed
    tool told it."""
    for where, row in release.rows("sft_parquet", ["id", "messages"]):
        trajectory = release.trajectory(row["id"])
        if trajectory is None:
            continue  # `chosen` tells of it
        given = (turn for turn in trajectory.turns if turn.role != "assistant")
        shown = _flat(" ".join(f"{turn.look_text}\n{turn.text}" for turn in given))
        messages = [(message["role"], _flat(message["content"])) for message in row["messages"]]
        said = " ".join(content for _, content in messages)
        captions = _captions_told(trajectory)
        read = "\n".join(turn.read_text for turn in trajectory.turns)
        for sentence in re.split(r"(?<=[.!?])\s+|\n", read):
            piece = _flat(sentence)
            if len(piece) <= LEAK_CHARS or piece not in said:
                continue
            first = next((role for role, content in messages if piece in content), "")
            if piece not in shown or (piece in captions and first == "assistant"):
                yield f"{where}: a sentence of caption space is in it: {piece[:80]!r}"


def _captions_told(trajectory: Trajectory) -> str:
    """What deployed tools told of captions."""
    calls = (call for turn in trajectory.turns for call in turn.calls)
    ids = {call.id for call in calls if call.name == get_caption.TOOL.grounded.name}
    return _flat(" ".join(turn.look_text for turn in trajectory.turns if turn.call_id in ids))


def _flat(text: str) -> str:
    return " ".join(text.split())


def frames(release: Release) -> Iterator[str]:
    """Pictures decode as JPEG, are named by their sha256, have the recorded size, and each file is used by a row."""
    sizes: Sizes = {}
    for _, row in release.rows("trajectories", ["frames"]):
        for frame in row["frames"]:
            sizes.setdefault(frame["sha256"], set()).add((frame["width"], frame["height"]))
    good: set[str] = set()
    folder = release.root / "sft"
    used = {path for _, line in release.lines() for path in line["images"]}
    exported = {path.removeprefix("sft/") for _, line in release.export_lines() for path in line.get("images", ())}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")}
    for path in sorted(used - there):
        yield f"sft/{path} is missing, but a row shows it"
    for path in sorted(there - used - exported):
        yield f"sft/{path} is shown by no row"
    for name in sorted(there):
        sha = Path(name).stem
        wrong = _bad_picture((folder / name).read_bytes(), sha, sizes)
        if wrong or name != frame_path(sha):
            yield f"sft/{name} {wrong or 'lies in the wrong folder'}"
        else:
            good.add(sha)
    for table in ("sft_parquet", "rl"):
        for where, row in release.rows(table, ["images"]):
            for image in row["images"] or ():
                sha = image["path"].removesuffix(".jpg")
                if sha in good and hashlib.sha256(image["bytes"]).hexdigest() == sha:
                    continue
                wrong = _bad_picture(image["bytes"], sha, sizes)
                if wrong:
                    yield f"{where}: {sha}.jpg {wrong}"
                else:
                    good.add(sha)


def _bad_picture(data: bytes, sha: str, sizes: Sizes) -> str:
    """What is wrong with a picture; empty when nothing is."""
    if hashlib.sha256(data).hexdigest() != sha:
        return "has another sha256 than its name"
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            picture.load()
            size = picture.size
    except (OSError, SyntaxError) as error:
        return f"does not decode: {error}"
    return "" if sizes.get(sha, {size}) == {size} else f"is {size[0]} x {size[1]}, recorded as {sorted(sizes[sha])}"
