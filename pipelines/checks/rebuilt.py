"""The check that writes every RL row again, from what the records tell of its question."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.checks.answers import Key, pass_rates
from pipelines.checks.release import Release, Row
from schemas.errors import InputError
from schemas.release import RlQuestion
from schemas.settings import Dialect
from schemas.source import Evidence, Question
from schemas.span import Span
from schemas.trajectory import Frame, Source, Trajectory
from transforms.answers import ask_form
from transforms.dialects.escape import unescape
from transforms.dialects.registry import opened, parse
from transforms.dialects.strings import IMAGE
from transforms.write.rows import answer_from_json, rl_row

Overview = tuple[str, tuple[str, ...]]
"""What the overview of a video says, and the digests of its frames."""


@dataclass(slots=True)
class Known:
    """What records and timelines tell of questions and videos, without turns and frames.

    `instructions` are the prompt and the tools, the same for all. What no record tells (nobody finished a rollout) is
    taken from the first row that needs it, so that at least rows agree.
    """

    instructions: tuple[str, str] | None = None
    questions: dict[Key, Question] = field(default_factory=dict)
    videos: dict[str, tuple[Source, str]] = field(default_factory=dict)
    overviews: dict[str, Overview] = field(default_factory=dict)
    lengths: dict[str, tuple[str, float, float]] = field(default_factory=dict)


def rl_rebuilt(release: Release) -> Iterator[str]:
    """Every RL row is what its writer makes of the records: question, answer, evidence, tools, overview, pass rate."""
    known, rates = _known(release), pass_rates(release)
    for where, row in release.rows("rl"):
        try:
            asked = _asked(row, known, rates, release.dialect)
            wanted = rl_row(asked, row["extra_info"]["index"], release.info, release.dialect)
        except (InputError, ValueError, LookupError, TypeError) as error:
            yield f"{where}: it cannot be written again: {type(error).__name__}: {error}"
            continue
        wanted["images"] = [{"path": f"{sha}.jpg"} for sha in wanted["images"]]
        odd = [*_odd(wanted, row), *(f"extra_info.{key}" for key in _odd(wanted["extra_info"], row["extra_info"]))]
        if odd:
            yield f"{where}: {', '.join(odd)} are not what the records of its question say"


def _odd(wanted: Row, row: Row) -> list[str]:
    return [key for key in wanted if key != "extra_info" and wanted[key] != row[key]]


def _known(release: Release) -> Known:
    known = Known()
    for _, trajectory in release.trajectories():
        video, asked, opening = trajectory.video, trajectory.question, trajectory.turns[1]
        known.instructions = known.instructions or (trajectory.turns[0].text, trajectory.tools_json)
        known.questions.setdefault((video.id, asked.id), asked)
        known.videos.setdefault(video.id, (video, trajectory.split))
        if opening.look_text:
            known.overviews.setdefault(video.id, _overview(trajectory))
    for _, row in release.rows("timelines", ["id", "sha256", "frames", "duration_s"]):
        rate = round(row["frames"] / row["duration_s"], 3) if row["duration_s"] else 0.0
        known.lengths[row["id"]] = row["sha256"], row["duration_s"], rate
    return known


def _overview(trajectory: Trajectory) -> Overview:
    opening = trajectory.turns[1]
    return opening.look_text, tuple(trajectory.frames[ref].sha256 for ref in opening.frame_refs)


def _asked(row: Row, known: Known, rates: dict[Key, float | None], dialect: Dialect) -> RlQuestion:
    extra, id = row["extra_info"], row["video_id"]
    key = id, extra["question_id"]
    known.instructions = known.instructions or _instructions(row, dialect)
    look_text, frames = known.overviews.setdefault(id, _overview_of(row))
    sha256, duration_s, fps = known.lengths[id]
    source = Source(id, extra["video_uri"], sha256, duration_s, extra["license"], "")
    video, split = known.videos.setdefault(id, (source, row["split"]))
    told = opened(look_text, video.uri, known.instructions[1], dialect)
    return RlQuestion(
        question=known.questions.get(key) or _question(row, told),
        video=video,
        tools_json=known.instructions[1],
        system_text=known.instructions[0],
        look_text=look_text,
        frames=tuple(Frame(sha, 0.0, None, 0, 0) for sha in frames),
        fps=fps,
        pass_rate=rates.get(key),
        rollouts=extra["rollouts"],
        split=split,
    )


def _instructions(row: Row, dialect: Dialect) -> tuple[str, str]:
    (said,) = parse([("system", row["prompt"][0]["content"])], dialect)
    return said.text, said.tools_json


def _overview_of(row: Row) -> Overview:
    """The overview as the row itself has it: all before the first empty line."""
    images = tuple(image["path"].removesuffix(".jpg") for image in row["images"])
    return unescape(row["problem"].removeprefix(IMAGE * len(images)).partition("\n\n")[0]), images


def _question(row: Row, look_text: str) -> Question:
    """The question as the row itself has it, so that its columns can be held against each other."""
    extra = row["extra_info"]
    asked = Question(
        id=extra["question_id"],
        video_id=row["video_id"],
        text="",
        kind=extra["kind"],
        answer=answer_from_json(extra["kind"], extra["answer_json"]),
        choices=tuple(unescape(choice) for choice in extra["choices"]),
        evidence=tuple(_evidence(one) for one in json.loads(extra["evidence_json"])),
        origin=extra["origin"],
    )
    problem = unescape(row["problem"].removeprefix(IMAGE * len(row["images"])))
    text = problem.removeprefix(f"{look_text}\n\n").removesuffix(ask_form(asked))
    return replace(asked, text=text)


def _evidence(held: Any) -> Evidence:
    box = tuple(held["box"]) if held["box"] is not None else None
    return Evidence(Span(**held["span"]), box, held["modality"], held["text"])
