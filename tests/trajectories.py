"""Hand-made records and a tiny release of them, for tests of writing, auditing and viewing."""

import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from schemas.chat import Call
from schemas.codec import canonical
from schemas.refs import Count
from schemas.release import FileEntry, ReleaseInfo, RlQuestion, Shard
from schemas.settings import Dataset, Explore, ExportName, FolderSource
from schemas.source import Evidence, Question, Rejected, Video
from schemas.span import Span
from schemas.timeline import Caption, Shot, Speech, TextLine, Timeline, Word
from schemas.trajectory import Frame, Lineage, Source, Trajectory, Turn, Verdict
from transforms.answers import ask_form
from transforms.clip_store import fetch
from transforms.store import Store
from transforms.verify.registry import FREE
from transforms.write.artifacts import to_embed
from transforms.write.card import build_card
from transforms.write.costs import rollouts
from transforms.write.exports.artifacts import Told, model_of
from transforms.write.exports.clips import Shown, windows
from transforms.write.exports.registry import EXPORTS
from transforms.write.files import write_bytes, write_export, write_frames, write_jsonl, write_parquet, write_text
from transforms.write.manifest import build_config, build_dataset_info, build_manifest, to_text
from transforms.write.report import build_report
from transforms.write.rows import reject_row, rl_row, sft_row, timeline_row, trajectory_row
from transforms.write.seal import UNITS, write_export_infos
from transforms.write.shards import plan_shards

PLANNER = canonical({"engine": "planner", "version": "1"})
OPENAI = canonical({"base_url": "https://api.example.org/v1", "engine": "openai", "model": "teacher-1"})
SECRET = "A presenter in a red jacket walks towards the wide window and waves at the crowd below."
TOOLS_JSON = canonical(
    [
        {
            "name": "temporal_zoom",
            "description": "Shows frames of a window of the video.",
            "parameters": {
                "type": "object",
                "properties": {
                    "start_s": {"type": "number", "description": "Start in seconds."},
                    "end_s": {"type": "number", "description": "End in seconds."},
                },
                "required": ["start_s", "end_s"],
            },
        },
        {
            "name": "subtitle_retrieval",
            "description": "Finds phrases of the speech.",
            "parameters": {
                "type": "object",
                "properties": {"query": {"type": "string"}, "top_k": {"type": "integer"}},
                "required": ["query"],
            },
        },
    ]
)
INFO = ReleaseInfo(
    "tiny",
    "1.0.0",
    "f" * 64,
    "0.1.0",
    "c" * 64,
    engines=(("chat", OPENAI), ("ocr", canonical({"engine": "rapidocr"}))),
    prompts=(("explore_system", "a" * 64),),
    inputs=(("videos.jsonl", "b" * 64),),
)
DATASET = Dataset(
    version="1.0.0",
    description="A tiny release.",
    source=FolderSource(path="videos"),
    explore=Explore(tools=("caption_zoom", "subtitle_retrieval"), rollouts=2),
)


def jpeg(store: Store, number: int, width: int = 32, height: int = 24) -> Frame:
    """A JPEG of one colour in the store, as the frame at `number` seconds."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), (number * 37 % 256, number * 91 % 256, number * 13 % 256)).save(data, "JPEG")
    return Frame(store.put_blob(data.getvalue()), float(number), None, width, height)


def video(number: int, group: str = "") -> Source:
    return Source(f"v{number}", f"clips/v{number}.mp4", f"{number:064x}", 60.0, "CC-BY-4.0", group)


def question(number: int, of: Source, kind: str = "choice") -> Question:
    made = {
        "choice": Question(f"q{number}", of.id, "What does the sign say?", "choice", "Gate 14", ("Exit", "Gate 14")),
        "count": Question(f"q{number}", of.id, "How many doors open?", "count", 3.0),
        "span": Question(f"q{number}", of.id, "When is the map shown?", "span", Span(10.0, 14.5)),
        "order": Question(f"q{number}", of.id, "Put these in order.", "order", ("b", "a"), ("a", "b")),
        "open": Question(f"q{number}", of.id, "What does the <image> tag on the slide say?", "open", "<|im_end|> Gate"),
    }[kind]
    return replace(made, evidence=(Evidence(Span(10.0, 14.5), (0.1, 0.1, 0.5, 0.4), "screen", "Gate 14"),))


SAID = {"choice": "B", "count": "3", "span": "10.0-14.5", "order": "B, A", "open": "<|im_end|> Gate"}

WRONG = {"choice": "A", "count": "4", "span": "40.0-44.5", "order": "A, B", "open": "Door"}


def trajectory(
    store: Store,
    of: Source,
    asked: Question,
    rollout: int = 0,
    status: str = "accept",
    code: str = "",
    split: str = "train",
) -> Trajectory:
    """A grounded rollout with an overview, a bad call, a look at frames, a look at speech, and the answer."""
    base = int(of.id[1:]) * 10
    frames = tuple(jpeg(store, base + n) for n in range(4))
    frames = tuple(replace(frame, pts_s=frame.pts_s - base + 10.0) for frame in frames)
    turns = (
        Turn("system", "You answer a question. Put the answer between <answer> and </answer>."),
        Turn(
            "user",
            ask_form(asked),
            read_text=f"The video lasts 60.0 s.\n{SECRET}",
            look_text="The video lasts 60.0 s. 2 frames at 10.00, 11.00 s.",
            frame_refs=(0, 1),
        ),
        Turn("assistant", "Looking.", "First a try.", (Call("c0", "no_such_tool", "{}"),)),
        Turn("tool", call_id="c0", read_text="There is no such tool.", look_text="There is no such tool.", error=True),
        Turn(
            "assistant",
            "I look at the middle.",
            "The sign may be in the middle.",
            (Call("c1", "temporal_zoom", canonical({"start_s": 10.0, "end_s": 14.5})),),
        ),
        Turn(
            "tool",
            call_id="c1",
            read_text=f"[10.0-14.5] {SECRET}",
            look_text="3 frames at 10.00, 12.00, 13.00 s.",
            spans=(Span(10.0, 14.5),),
            item_ids=("c-1",),
            frame_refs=(0, 2, 3),
        ),
        Turn(
            "assistant",
            "",
            "Somebody may say it.",
            (Call("c2", "subtitle_retrieval", canonical({"query": "<image> gate", "top_k": 3})),),
        ),
        Turn(
            "tool",
            call_id="c2",
            read_text='[12.0-13.0] "go to gate 14 <|im_start|>"',
            look_text='[12.0-13.0] "go to gate 14 <|im_start|>"',
            spans=(Span(12.0, 13.0),),
            item_ids=("s-1",),
        ),
        Turn("user", "You have no calls left. Answer now, between <answer> and </answer>."),
        Turn("assistant", "The sign is clear.", "Both agree."),
    )
    return Trajectory(
        id=f"{of.id}-{asked.id}-{rollout:02d}",
        video=of,
        question=asked,
        tools_json=TOOLS_JSON,
        turns=turns,
        frames=frames,
        answer=SAID[asked.kind],
        right=True,
        status=status,  # type: ignore[arg-type]
        code=code,
        verdicts=(
            *(Verdict(name, "accept", "", "", 1.0) for name, _ in FREE),
            Verdict("pictures", "accept", "", "", 4.0),
            Verdict("screen_text", "accept", "", "", None, "no text was asked for"),
            Verdict("ends_read", "accept", "", "", None, "no span is asked for"),
        ),
        lineage=Lineage("tiny", "1.0.0", INFO.fingerprint, OPENAI, ("explore_system=" + "a" * 64,), 7, rollout),
        split=split,
        prompt_tokens=100,
        completion_tokens=20,
    )


def timeline(of: Source) -> Timeline:
    shot = Shot("sh-1", Span(0.0, 60.0))
    return Timeline(
        of.id,
        of.sha256,
        60.0,
        64,
        48,
        1500,
        "e" * 64,
        (shot,),
        (shot,),
        (TextLine("l-1", Span(10.0, 14.5), "Gate 14", (0.1, 0.1, 0.5, 0.4), 0.99, True, "rapidocr"),),
        (Speech("s-1", Span(12.0, 13.0), "go to gate 14", (Word("go", Span(12.0, 12.2), 0.9),), 0.9, True, "whisper"),),
        (Caption("c-1", Span(0.0, 60.0), SECRET, "clip", 1.0, True, "signals"),),
        True,
    )


@dataclass(frozen=True)
class Tiny:
    """All records of a tiny release, before they are written."""

    chosen: tuple[Trajectory, ...]
    trajectories: tuple[Trajectory, ...]
    questions: tuple[RlQuestion, ...]
    timelines: tuple[Timeline, ...]
    rejects: tuple[Rejected, ...]
    counts: tuple[Count, ...]
    license: str = "CC-BY-4.0"
    """Of all videos."""


def tiny(store: Store) -> Tiny:
    """Four videos (two of one group), seven questions, two rollouts of each; eight finished, six were chosen."""
    chosen: list[Trajectory] = []
    questions: list[RlQuestion] = []
    others: list[Trajectory] = []
    videos = [video(1), video(2), video(3, "pair"), video(4, "pair")]
    splits = ["train", "train", "validation", "validation"]
    asked = [(0, "choice"), (0, "count"), (1, "span"), (1, "open"), (2, "order"), (3, "choice")]
    for number, (at, kind) in enumerate(asked):
        one = question(number, videos[at], kind)
        chosen.append(trajectory(store, videos[at], one, split=splits[at]))
        questions.append(rl_question(chosen[-1], 2 if number in (0, 4) else 1, right=2 if number == 0 else 1))
    unanswered = trajectory(store, videos[3], question(6, videos[3], "count"), split="validation")
    questions.append(rl_question(unanswered, 0))
    others.append(trajectory(store, videos[0], chosen[0].question, 1, "filter", "not_best", "train"))
    # The order question was looked for elsewhere first, and with calls to spare.
    astray = trajectory(store, videos[2], chosen[4].question, 1, "filter", "wrong_answer", "validation")
    others.append(_wrong(elsewhere(unhurried(astray))))
    chosen[4] = unhurried(chosen[4])
    rejects = [
        Rejected("read", "bad_line", "fail", "line", "videos.jsonl", "line 3 is no JSON object", line=3),
        _rejected("curate", others[0], "another rollout needed fewer calls"),
        _rejected("verify", others[1], "said A, right is B"),
        *(_lost(one, 1) for one in (chosen[1], chosen[2], chosen[3], chosen[5], unanswered)),
        _lost(unanswered, 0),
    ]
    return Tiny(
        tuple(chosen),
        tuple(sorted([*chosen, *others], key=lambda one: one.id)),
        tuple(questions),
        tuple(timeline(one) for one in videos),
        tuple(rejects),
        (
            Count("read", "in", "", 12),
            Count("read", "out", "", 11),
            Count("read", "failed", "bad_line"),
            *(Count("perceive", field, "", 4) for field in ("in", "out")),
            *(Count("ask", field, "", 7) for field in ("in", "out")),
            Count("ask", "made", "", 14),
            Count("explore", "in", "", 14),
            Count("explore", "out", "", 8),
            Count("explore", "failed", "unreachable", 6),
            *(Count("ground", field, "", 8) for field in ("in", "out")),
            Count("verify", "in", "", 8),
            Count("verify", "out", "", 7),
            Count("verify", "filtered", "wrong_answer"),
            Count("curate", "in", "", 7),
            Count("curate", "out", "", 6),
            Count("curate", "filtered", "not_best"),
            Count("write", "in", "", 13),
            Count("write", "out", "", 13),
        ),
    )


def without_chosen(records: Tiny) -> Tiny:
    """The same, but every trajectory is wrong and turned away."""
    wrong = {one.id: _wrong(replace(one, status="filter", code="wrong_answer")) for one in records.trajectories}
    rejects = [one for one in records.rejects if one.stage not in ("verify", "curate")]
    questions = tuple(replace(one, pass_rate=0.0 if one.rollouts else None) for one in records.questions)
    counts = [one for one in records.counts if one.stage not in ("verify", "curate", "write")]
    return replace(
        records,
        chosen=(),
        trajectories=tuple(wrong.values()),
        questions=questions,
        rejects=(*rejects, *(_rejected("verify", one, "said A, right is B") for one in wrong.values())),
        counts=(
            *counts,
            Count("verify", "in", "", len(wrong)),
            Count("verify", "filtered", "wrong_answer", len(wrong)),
            *(Count("write", field, "", len(questions)) for field in ("in", "out")),
        ),
    )


def rl_question(of: Trajectory, rollouts: int, right: int = 1) -> RlQuestion:
    return RlQuestion(
        of.question,
        of.video,
        of.tools_json,
        of.turns[0].text,
        of.turns[1].look_text,
        tuple(of.frames[ref] for ref in of.turns[1].frame_refs),
        25.0,
        right / rollouts if rollouts else None,
        rollouts,
        of.split,
    )


def unhurried(of: Trajectory) -> Trajectory:
    """The same, but nobody said that no calls were left."""
    return replace(of, turns=(*of.turns[:8], *of.turns[9:]))


def elsewhere(of: Trajectory) -> Trajectory:
    """The same, but it looks at the end, where nothing is."""
    turns = list(of.turns)
    call = Call("c1", "temporal_zoom", canonical({"start_s": 40.0, "end_s": 44.5}))
    turns[4] = replace(turns[4], text="I look at the end.", reasoning="It may be at the end.", calls=(call,))
    turns[5] = replace(
        turns[5], look_text="2 frames at 40.00, 42.00 s.", spans=(Span(40.0, 44.5),), item_ids=(), frame_refs=(2, 3)
    )
    frames = (*of.frames[:2], replace(of.frames[2], pts_s=40.0), replace(of.frames[3], pts_s=42.0))
    return replace(of, turns=tuple(turns), frames=frames)


def _wrong(of: Trajectory) -> Trajectory:
    against = Verdict("answer", "filter", "wrong_answer", "said A, right is B", 0.0)
    return replace(
        of,
        answer=WRONG[of.question.kind],
        right=False,
        verdicts=tuple(against if one.verifier == "answer" else one for one in of.verdicts),
    )


def _lost(of: Trajectory, rollout: int) -> Rejected:
    """A rollout of the same question that broke off."""
    id = f"{of.video.id}-{of.question.id}-{rollout:02d}"
    detail = "the server does not answer"
    return Rejected("explore", "unreachable", "fail", "rollout", id, detail, of.video.id, of.question.id, id)


def _rejected(stage: str, of: Trajectory, detail: str) -> Rejected:
    ids = {"video_id": of.video.id, "question_id": of.question.id, "trajectory_id": of.id}
    return Rejected(stage, of.code, "filter", "trajectory", of.id, detail, **ids)  # type: ignore[arg-type]


def write_release(
    out: Path | str,
    store: Store,
    records: Tiny,
    info: ReleaseInfo = INFO,
    dataset: Dataset = DATASET,
    target_bytes: int = 1_000_000,
    order: int = 1,
) -> None:
    """Writes all of a release in the order a build does; `order` -1 feeds the planner the rows the other way round."""
    root = str(out)
    entries: list[FileEntry] = []
    rates = {(one.video.id, one.question.id): one.pass_rate or 0.0 for one in records.questions}
    dialect = dataset.write.dialect
    sft = [(one.split, sft_row(one, rates[one.video.id, one.question.id], dialect)) for one in records.chosen]
    for shard in _plan(((split, row["id"], row) for split, row in sft), target_bytes, "sft", "jsonl", order):
        entries.append(write_jsonl(root, shard.path, shard.refs))
        entries += write_frames(root, (sha for row in shard.refs for sha in row["images"]), store)
    for shard in _plan(((split, row["id"], row) for split, row in sft), target_bytes, "sft_parquet", "parquet", order):
        entries.append(write_parquet(root, shard.path, shard.refs, store))
    asked = ((one.split, rl_row(one, 0, info, dialect)["id"], one) for one in records.questions)
    for shard in _plan(asked, target_bytes, "rl", "parquet", order):
        questions = (rl_row(one, shard.first + n, info, dialect) for n, one in enumerate(shard.refs))
        entries.append(write_parquet(root, shard.path, questions, store, dialect))
    tables = {
        "trajectories": [(one.split, one.id, trajectory_row(one)) for one in records.trajectories],
        "timelines": [("full", one.video_id, timeline_row(one, records.license, info)) for one in records.timelines],
        "rejects": [("full", row["key"], row) for row in (reject_row(one, info) for one in records.rejects)],
    }
    for folder, rows in tables.items():
        for shard in _plan(rows, target_bytes, folder, "parquet", order):
            entries.append(write_parquet(root, shard.path, shard.refs, store))
    for name in dataset.write.exports:
        export = EXPORTS[name]
        for shard in _plan(_sources(name, records, info, dataset, store), target_bytes, name, "jsonl", order):
            lines = [row for source in shard.refs for row in export.rows(source, dataset.write)]
            entries.append(write_export(root, shard.path, lines))
            beside = {path: data for source in shard.refs for path, data in export.files(source, store.blob)}
            entries += [write_bytes(root, path, data) for path, data in beside.items()]
            if export.source == "question":
                entries += write_frames(root, (sha for row in lines for sha in row.get("images", ())), store)
    measures: dict[str, Any] = {"seconds": 1.5, "tokens": 960}
    if (of_all := rollouts(root, dataset)) is not None:
        measures["rollouts"] = of_all
    report = build_report(records.counts, UNITS, info, {"explore": measures})
    entries.append(write_text(root, "report.json", to_text(report)))
    entries.append(write_text(root, "config.yaml", build_config(info.dataset, dataset)))
    entries.append(write_text(root, "sft/dataset_info.json", build_dataset_info(info, [e.path for e in entries])))
    entries += write_export_infos(root, info, dataset.write, [e.path for e in entries])
    entries.append(write_text(root, "README.md", build_card(root, dataset, info, report)))
    write_text(root, "manifest.json", build_manifest(info, entries))


def _sources(
    name: ExportName, records: Tiny, info: ReleaseInfo, dataset: Dataset, store: Store
) -> Iterable[tuple[str, str, Any]]:
    """Split, id and what the rows of an export are made of, for every record that it tells of."""
    source, settings = EXPORTS[name].source, dataset.write
    if source in ("trajectory", "solved"):  # one was chosen of each question
        return [(one.split, one.id, one) for one in records.chosen]
    if source == "cut":
        lost = {one.id for one in records.rejects if one.unit == "export"}
        found = [one for one in records.chosen if f"{name}/{one.id}" not in lost]
        return [(one.split, one.id, Shown(one, clips(one, store))) for one in found]
    if source == "told":
        model = model_of(dataset.explore.retrieval)
        return [
            ("full", one.video_id, Told(one, unit_vectors(one) if model else None, model)) for one in records.timelines
        ]
    if source == "question":
        asked = [(one.split, rl_row(one, 0, info, settings.dialect)) for one in records.questions]
        return [(split, row["id"], row) for split, row in asked]
    both = [
        (chosen, [one for one in records.trajectories if one.question == chosen.question and one.video == chosen.video])
        for chosen in records.chosen
    ]
    return [
        (chosen.split, chosen.id, rollouts)
        for chosen, rollouts in both
        if any(one.code == "wrong_answer" for one in rollouts)
    ]


@cache
def _minute() -> bytes:
    """A film of a minute, two frames a second, that grows brighter."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=2)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(120):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), n * 2, np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    return file.getvalue()


def clips(of: Trajectory, store: Store) -> dict[Span, tuple[str, int]]:
    """Its windows, cut out of a film of a minute."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        film.write_bytes(_minute())
        held = fetch(Video(of.video.id, of.video.uri, str(film), of.video.sha256), windows(of), 10_000, store)
    return {window: (clip.sha256, clip.frames) for window, clip in held.items()}


def unit_vectors(of: Timeline) -> np.ndarray:
    """Rows of three numbers, one for each caption."""
    return np.array([(0.6, 0.0, 0.8)] * len(to_embed(of)), dtype=np.float32)


def _plan(
    rows: Iterable[tuple[str, str, object]], target_bytes: int, folder: str, ext: str, order: int
) -> Iterable[Shard]:
    by_split: dict[str, list[tuple[str, int, object]]] = {}
    for split, id, ref in rows:
        by_split.setdefault(split, []).append((id, 1000, ref))
    for split in sorted(by_split) or ["full" if folder in ("rejects", "artifacts") else "train"]:
        yield from plan_shards(by_split.get(split, [])[::order], target_bytes, folder, split, ext)


def read_lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def tally(values: Sequence[str]) -> dict[str, int]:
    return dict(Counter(values))
