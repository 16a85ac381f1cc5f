"""One trajectory of a release, readable in a terminal: both faces of every tool's answer, side by side in time.

Only `trajectories/`, `rejects/` and the frames of `sft/` are read. Text of a video or a teacher is printed as it is,
without markup and without control characters.
"""

import re
from pathlib import Path

from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pipelines.checks.release import Release, Row
from schemas.codec import digest
from schemas.errors import SettingsError
from schemas.source import LETTERS
from schemas.trajectory import Frame, Trajectory, Turn
from transforms.answers import state
from transforms.write.files import frame_path

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def view(
    release_dir: str | Path, sample: int | None = None, id: str | None = None, console: Console | None = None
) -> None:
    """Prints the trajectory (or reject) with this id, or the `sample`-th one, from 1, the first by default.

    Samples come accepted ones first, then in an order that is by chance but always the same.

    Raises:
        SettingsError: `no_release`, `no_such_id`, `no_such_sample`.
    """
    root = Path(release_dir)
    if not (root / "manifest.json").is_file():
        raise SettingsError("no_release", f"{root} has no manifest.json; give the folder OUT/<dataset>/<version>")
    release = Release(root)
    out = console or Console(highlight=False)
    wanted = _sample(release, 1 if sample is None else sample) if id is None else id
    trajectory = release.trajectory(wanted)
    rejects = [row for _, row in release.rows("rejects") if wanted in (row["id"], row["trajectory_id"], row["key"])]
    if trajectory is None and not rejects:
        raise SettingsError("no_such_id", f"neither trajectories/ nor rejects/ of {root} holds {wanted!r}")
    if trajectory is not None:
        _show(out, root, trajectory)
    for row in rejects:
        _show_reject(out, row)


def _sample(release: Release, number: int) -> str:
    rows = [(row["status"] != "accept", row["id"]) for _, row in release.rows("trajectories", ["id", "status"])]
    ordered = sorted(rows, key=lambda row: (row[0], digest(row[1])))
    if not 1 <= number <= len(ordered):
        why = f"{release.root} has {len(ordered)} trajectories; there is no {number}"
        raise SettingsError("no_such_sample", why if ordered else f"{why}, but --reject 1 tells why something is none")
    return ordered[number - 1][1]


def _show(out: Console, root: Path, trajectory: Trajectory) -> None:
    question = trajectory.question
    outcome = f"{trajectory.status}{{{trajectory.code}}}" if trajectory.code else trajectory.status
    out.print(Rule(Text(f"trajectory {trajectory.id}: {outcome}")))
    _line(out, "video", f"{trajectory.video.id}  {trajectory.video.uri}  {trajectory.video.duration_s:.1f} s")
    _line(out, "question", f"{question.text}  ({question.kind}, {question.origin}, id {question.id})")
    for letter, choice in zip(LETTERS, question.choices, strict=False):
        _line(out, "", f"{letter}. {choice}")
    _line(out, "right", state(question), "green")
    for evidence in question.evidence:
        where = f" in {evidence.box}" if evidence.box else ""
        _line(out, "evidence", f"{evidence.span.start_s:.1f}-{evidence.span.end_s:.1f} s{where}  {evidence.text}")
    _line(out, "said", trajectory.answer or "nothing", "green" if trajectory.status == "accept" else "yellow")
    for number, turn in enumerate(trajectory.turns):
        _show_turn(out, root, trajectory, number, turn)
    out.print(Rule("verdicts"))
    table = Table(box=None, pad_edge=False)
    for name in ("verifier", "outcome", "measure", "detail"):
        table.add_column(name, overflow="fold")
    for verdict in trajectory.verdicts:
        measure = verdict.reason if verdict.measure is None else f"{verdict.measure:g}"
        said = f"{verdict.code} {verdict.detail}".strip()
        table.add_row(*(Text(_clean(cell)) for cell in (verdict.verifier, verdict.outcome, measure, said)))
    out.print(table)
    out.print(Rule("lineage"))
    lineage = trajectory.lineage
    _line(out, "dataset", f"{lineage.dataset} {lineage.version}  split {trajectory.split or 'none'}")
    _line(out, "fingerprint", lineage.fingerprint)
    _line(out, "teacher", lineage.teacher)
    _line(out, "rollout", f"{lineage.rollout}, seed {lineage.seed}")
    for prompt in lineage.prompts:
        _line(out, "prompt", prompt)
    _line(out, "tokens", f"{trajectory.prompt_tokens} in, {trajectory.completion_tokens} out")


def _show_turn(out: Console, root: Path, trajectory: Trajectory, number: int, turn: Turn) -> None:
    out.print(Rule(Text(f"{number} {turn.role}{' (error)' if turn.error else ''}"), align="left"))
    _line(out, "thinks", turn.reasoning, "dim")
    _line(out, "says", turn.text)
    for call in turn.calls:
        _line(out, "calls", f"{call.name} {call.arguments_json}", "cyan")
    _line(out, "teacher read", turn.read_text, "dim")
    _line(out, "model sees", turn.look_text)
    if turn.spans:
        _line(out, "spans", "  ".join(f"{span.start_s:.1f}-{span.end_s:.1f} s" for span in turn.spans))
    for ref in turn.frame_refs:
        _line(out, "frame", _frame(root, trajectory.frames[ref]))


def _frame(root: Path, frame: Frame) -> str:
    path = root / "sft" / frame_path(frame.sha256)
    where = str(path) if path.is_file() else f"{frame.sha256[:12]} (not among the chosen rows' frames)"
    box = f"  box {frame.box}" if frame.box else ""
    return f"{frame.pts_s:.3f} s  {frame.width} x {frame.height}{box}  {where}"


def _show_reject(out: Console, row: Row) -> None:
    out.print(Rule(Text(f"reject: {row['stage']} {row['outcome']}{{{row['code']}}}")))
    for name in ("unit", "id", "detail", "video_id", "question_id", "trajectory_id"):
        _line(out, name, row[name])
    if row["line"]:
        _line(out, "line", str(row["line"]))


def _line(out: Console, label: str, text: str, style: str = "") -> None:
    """A labelled text, its further lines indented under the first; nothing when there is no text."""
    if not text:
        return
    lines = _clean(text).split("\n")
    for at, line in enumerate(lines):
        out.print(Text(f"{label if at == 0 else '':>12}  ", "bold").append(line, style), soft_wrap=not out.is_terminal)


def _clean(text: str) -> str:
    """Without control characters: what was read off a screen must not steer the terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
