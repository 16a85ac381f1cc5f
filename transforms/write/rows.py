"""From records to rows, and trajectories back from theirs: plain data in the shape of the schemas in `arrow.py`.

`images` of a row are digests here; `files.py` turns them into paths or into bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from schemas.chat import Call
from schemas.codec import canonical, digest
from schemas.names import SPELLINGS
from schemas.release import ReleaseInfo, RlQuestion
from schemas.settings import DEFAULT_DIALECT, Dialect
from schemas.source import Answer, Box, Evidence, Kind, Question, Rejected
from schemas.span import Span
from schemas.timeline import Caption, Entity, Shot, Speech, TextLine, Timeline, Word
from schemas.trajectory import SCHEMA_VERSION, Frame, Lineage, Source, Trajectory, Turn, Verdict, kept_although
from transforms.answers import ask_form, state
from transforms.dialects.escape import escape
from transforms.dialects.registry import problem_content, said_in, spell, system_content, tools_in
from transforms.write.arrow import rl_tools

Row = dict[str, Any]


def sft_row(trajectory: Trajectory, pass_rate: float, dialect: Dialect = DEFAULT_DIALECT) -> Row:
    """A chosen trajectory as trainers load it.

    Raises:
        InputError: `untrainable_turn`, as `said_in` and `spell` say.
    """
    rendered = spell(said_in(trajectory, dialect), trajectory, dialect)
    return {
        "id": trajectory.id,
        "messages": [{"role": role, "content": content} for role, content in rendered.messages],
        "images": list(rendered.images),
        "question_id": trajectory.question.id,
        "kind": trajectory.question.kind,
        "origin": trajectory.question.origin,
        "answer": escape(trajectory.answer.strip()),
        "video_id": trajectory.video.id,
        "video_uri": trajectory.video.uri,
        "video_sha256": trajectory.video.sha256,
        "duration_s": trajectory.video.duration_s,
        "license": trajectory.video.license,
        "teacher": trajectory.lineage.teacher,
        **marks(trajectory),
        "rollout": trajectory.lineage.rollout,
        "pass_rate": pass_rate,
        "split": trajectory.split,
        "fingerprint": trajectory.lineage.fingerprint,
        "schema_version": trajectory.schema_version,
    }


def marks(trajectory: Trajectory) -> Row:
    """What a row to train on says of its own worth, in `sft/` and in every export of conversations."""
    return {"for_training": for_training(trajectory.lineage.teacher), "kept_although": kept_although(trajectory)}


def for_training(teacher: str) -> bool:
    """Whether a teacher's rows are for training. Those of the rule-based `planner` only check the machinery.

    `teacher` is the engine's identity as canonical JSON, as a lineage has it.
    """
    try:
        identity = json.loads(teacher)
    except ValueError:
        identity = teacher
    return (identity.get("engine") if isinstance(identity, dict) else identity) != "planner"


def rl_id(video_id: str, question_id: str) -> str:
    """Names an RL row: question ids are unique only within their video."""
    return digest("rl", video_id, question_id)[:16]


def agent_name(dialect: Dialect) -> str:
    """The agent loop that verl is to run. Its own `tool_agent` finds no call that is an action: such rows name a loop
    that is yours to register, so that verl stops where there is none instead of going on without a tool."""
    return f"{dialect.spelling}_agent" if SPELLINGS[dialect.spelling] else "tool_agent"


def rl_row(asked: RlQuestion, index: int, info: ReleaseInfo, dialect: Dialect = DEFAULT_DIALECT) -> Row:
    """One question as verl, EasyR1, OpenRLHF and ms-swift GRPO read it, each in its own columns.

    `index` is the row's position in its split. The right answer is spelled as the question asks for it.
    """
    question, video = asked.question, asked.video
    problem = problem_content(asked, ask_form(question), dialect)
    messages = [
        {"role": "system", "content": system_content(asked.system_text, asked.tools_json, dialect)},
        {"role": "user", "content": problem},
    ]
    answer = escape(state(question))
    tool = {"create_kwargs": {"video_id": video.id, "video_uri": video.uri, "video_sha256": video.sha256}}
    selection = [spec["name"] for spec in json.loads(tools_in(asked.tools_json, dialect))]
    unknown = sorted(set(selection) - set(rl_tools(dialect)))
    if unknown:
        raise ValueError(f"RL rows have no tools_kwargs for {', '.join(unknown)}: add it to TOOLS in schemas/names.py")
    return {
        "id": rl_id(video.id, question.id),
        "data_source": f"frametrail/{info.dataset}",
        "agent_name": agent_name(dialect),
        "ability": "video_qa",
        "prompt": messages,
        "messages": messages,
        "problem": problem,
        "answer": answer,
        "solution": answer,
        "images": [frame.sha256 for frame in asked.frames],
        "reward_model": {"style": "rule", "ground_truth": answer},
        "extra_info": {
            "split": asked.split,
            "index": index,
            "need_tools_kwargs": True,
            "tool_selection": selection,
            "tools_kwargs": dict.fromkeys(rl_tools(dialect), tool),
            "question_id": question.id,
            "kind": question.kind,
            "origin": question.origin,
            "choices": [escape(choice) for choice in question.choices],
            "answer_json": answer_json(question.answer),
            "evidence_json": canonical([asdict(evidence) for evidence in question.evidence]),
            "video_id": video.id,
            "video_uri": video.uri,
            "video_sha256": video.sha256,
            "duration_s": video.duration_s,
            "fps": asked.fps,
            "license": video.license,
            "pass_rate": asked.pass_rate,
            "rollouts": asked.rollouts,
        },
        "video_id": video.id,
        "split": asked.split,
        "fingerprint": info.fingerprint,
        "schema_version": SCHEMA_VERSION,
    }


def trajectory_row(trajectory: Trajectory) -> Row:
    """The record as it is, the answer as JSON and boxes as structs."""
    row = asdict(trajectory)
    row["question"]["answer_json"] = answer_json(trajectory.question.answer)
    del row["question"]["answer"]
    for part in (*row["question"]["evidence"], *row["frames"]):
        part["box"] = _box_row(part["box"])
    return row


def timeline_row(timeline: Timeline, license: str, info: ReleaseInfo) -> Row:
    """A video's caption space, and its licence. The blob of frame times stays in the store."""
    row = asdict(timeline)
    for line in row["lines"]:
        line["box"] = _box_row(line["box"])
    del row["times"]
    told = {"license": license, "fingerprint": info.fingerprint, "schema_version": SCHEMA_VERSION}
    return {"id": row.pop("video_id"), **row, **told}


def timeline_from_row(row: Mapping[str, Any]) -> Timeline:
    """The timeline that `timeline_row` wrote, without the blob of its frame times."""
    return Timeline(
        video_id=row["id"],
        sha256=row["sha256"],
        duration_s=row["duration_s"],
        width=row["width"],
        height=row["height"],
        frames=row["frames"],
        times="",
        shots=tuple(Shot(one["id"], Span(**one["span"])) for one in row["shots"]),
        clips=tuple(Shot(one["id"], Span(**one["span"])) for one in row["clips"]),
        lines=tuple(TextLine(**_spanned(one) | {"box": _box(one["box"])}) for one in row["lines"]),
        speech=tuple(
            Speech(**_spanned(one) | {"words": tuple(Word(**_spanned(word)) for word in one["words"])})
            for one in row["speech"]
        ),
        captions=tuple(Caption(**_spanned(one)) for one in row["captions"]),
        has_audio=row["has_audio"],
        entities=tuple(
            Entity(
                **dict(one)
                | {"mentions": tuple(one["mentions"]), "spans": tuple(Span(**span) for span in one["spans"])}
            )
            for one in row["entities"]
        ),
    )


def reject_row(rejected: Rejected, info: ReleaseInfo) -> Row:
    """What was turned away and why, under a key that sorts by stage and unit."""
    row = asdict(rejected)
    return {
        "key": f"{rejected.stage}/{rejected.unit}/{rejected.id}/{rejected.line:08d}/{digest(row)[:8]}",
        **row,
        "dataset": info.dataset,
        "fingerprint": info.fingerprint,
        "schema_version": SCHEMA_VERSION,
    }


def call_row(key: str, entry: str, info: ReleaseInfo) -> Row:
    """A memo of the store: its key, which is a digest of the whole request, and what was replied."""
    return {"id": key, "entry_json": entry, "fingerprint": info.fingerprint, "schema_version": SCHEMA_VERSION}


def answer_json(answer: Answer) -> str:
    """Text as a JSON string, a count as a number, an order as a list, a span as [start_s, end_s]."""
    if isinstance(answer, Span):
        return canonical([answer.start_s, answer.end_s])
    return canonical(list(answer) if isinstance(answer, tuple) else answer)


def answer_from_json(kind: Kind, text: str) -> Answer:
    """The answer that `answer_json` spelled for a question of this kind."""
    value = json.loads(text)
    if kind == "span":
        return Span(*value)
    return tuple(value) if isinstance(value, list) else value


def trajectory_from_row(row: Mapping[str, Any]) -> Trajectory:
    """The record that `trajectory_row` wrote: `trajectory_from_row(trajectory_row(t)) == t`."""
    return Trajectory(
        id=row["id"],
        video=Source(**row["video"]),
        question=_question(row["question"]),
        tools_json=row["tools_json"],
        turns=tuple(_turn(turn) for turn in row["turns"]),
        frames=tuple(Frame(**{**frame, "box": _box(frame["box"])}) for frame in row["frames"]),
        answer=row["answer"],
        right=row["right"],
        status=row["status"],
        code=row["code"],
        verdicts=tuple(Verdict(**verdict) for verdict in row["verdicts"]),
        lineage=Lineage(**{**row["lineage"], "prompts": tuple(row["lineage"]["prompts"])}),
        split=row["split"],
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
        schema_version=row["schema_version"],
    )


def _question(row: Mapping[str, Any]) -> Question:
    return Question(
        id=row["id"],
        video_id=row["video_id"],
        text=row["text"],
        kind=row["kind"],
        answer=answer_from_json(row["kind"], row["answer_json"]),
        choices=tuple(row["choices"]),
        evidence=tuple(
            Evidence(Span(**one["span"]), _box(one["box"]), one["modality"], one["text"]) for one in row["evidence"]
        ),
        origin=row["origin"],
        meta_json=row["meta_json"],
    )


def _turn(row: Mapping[str, Any]) -> Turn:
    return Turn(
        **{
            **row,
            "calls": tuple(Call(**call) for call in row["calls"]),
            "spans": tuple(Span(**span) for span in row["spans"]),
            "item_ids": tuple(row["item_ids"]),
            "frame_refs": tuple(row["frame_refs"]),
        }
    )


def _spanned(row: Mapping[str, Any]) -> Row:
    return {**row, "span": Span(**row["span"])}


def _box_row(box: Box | None) -> Row | None:
    return dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)) if box is not None else None


def _box(row: Mapping[str, float] | None) -> Box | None:
    return (row["x0"], row["y0"], row["x1"], row["y1"]) if row is not None else None
