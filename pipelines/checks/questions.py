"""Checks of what questions were asked and how: all records of one agree, and with the settings."""

import json
from collections import Counter
from collections.abc import Iterator

from pipelines.checks.answers import Key
from pipelines.checks.release import Release
from schemas.codec import digest
from schemas.trajectory import Trajectory
from transforms.tools.registry import deployed


def agreement(release: Release) -> Iterator[str]:
    """Records agree on a question, on its video and overview, and on the instructions: prompt and tools."""
    first: dict[tuple[str, ...], str] = {}
    for where, trajectory in release.trajectories():
        for key, value in _shared(trajectory):
            if first.setdefault(key, value) != value:
                yield f"{where}: another record has another {' '.join(key)}"


def _shared(trajectory: Trajectory) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a record has in common with others, as a name and a digest."""
    video, asked, opening = trajectory.video.id, trajectory.question, trajectory.turns[1]
    yield ("question", video, asked.id), digest(repr(asked), trajectory.split)
    yield ("video", video), digest(repr(trajectory.video))
    yield ("system message",), digest(trajectory.turns[0].text, trajectory.tools_json)
    if opening.look_text:
        frames = [trajectory.frames[ref].sha256 for ref in opening.frame_refs]
        yield ("overview of", video), digest(opening.look_text, frames)


def tool_names(release: Release) -> Iterator[str]:
    """Records and RL rows offer the tools that config.yaml names, in its order, and no other."""
    wanted = [tool.grounded.name for tool in deployed(release.settings.explore.tools)]
    for where, row in release.rows("trajectories", ["tools_json"]):
        offered = [tool["name"] for tool in json.loads(row["tools_json"])]
        if offered != wanted:
            yield f"{where}: it offers {offered}, config.yaml says {wanted}"
    natives = release.dialect.tools
    native = [natives[name].name or name if name in natives else name for name in wanted]
    for where, row in release.rows("rl", ["extra_info.tool_selection"]):
        if row["extra_info"]["tool_selection"] != native:
            yield f"{where}: it offers {row['extra_info']['tool_selection']}, config.yaml says {native}"


def rollouts(release: Release) -> Iterator[str]:
    """As many rollouts were made of every question as config.yaml says, each once, and no more chosen than `best`."""
    wanted, best = release.settings.explore.rollouts, release.settings.curate.best
    ask = release.report["stages"]["ask"]
    if ask.get("made", 0) != ask["out"] * wanted:
        yield f"report.json: {ask.get('made', 0)} rollouts of {ask['out']} questions, config.yaml says {wanted} of each"
    made, chosen, seen = Counter[Key](), Counter[Key](), set[tuple[Key, int]]()
    columns = ["video.id", "question.id", "lineage.rollout", "status"]
    for where, row in release.rows("trajectories", columns):
        key, number = (row["video"]["id"], row["question"]["id"]), row["lineage"]["rollout"]
        made[key] += 1
        chosen[key] += row["status"] == "accept"
        if (key, number) in seen or not 0 <= number < wanted:
            yield f"{where}: it is the rollout {number} of its question, which was there before or is none of {wanted}"
        seen.add((key, number))
    for _, row in release.rows("rejects", ["stage", "outcome", "video_id", "question_id"]):
        if (row["stage"], row["outcome"]) == ("explore", "fail"):
            made[row["video_id"], row["question_id"]] += 1
    for key in made:
        if made[key] != wanted:
            yield f"the question {key[1]!r} about {key[0]!r} has {made[key]} rollouts, config.yaml says {wanted}"
        if chosen[key] > best:
            yield f"the question {key[1]!r} about {key[0]!r} has {chosen[key]} chosen rollouts, config.yaml says {best}"
