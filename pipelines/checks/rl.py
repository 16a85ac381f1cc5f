"""Checks of the RL rows: every question once, the same for each trainer, nothing null where a trainer calls."""

from collections import Counter
from collections.abc import Iterator

from pipelines.checks.answers import unwanted_questions
from pipelines.checks.published import stands_twice
from pipelines.checks.release import Release, split_of


def rl_rows(release: Release) -> Iterator[str]:
    """One row serves every trainer: the same prompt and answer in each one's columns, tools_kwargs filled, no gap."""
    position: Counter[str] = Counter()
    for where, row in release.rows("rl"):
        extra, split = row["extra_info"], split_of(where)
        if row["prompt"] != row["messages"] or [turn["role"] for turn in row["prompt"]] != ["system", "user"]:
            yield f"{where}: prompt and messages are not the same system and user message"
        elif row["problem"] != row["prompt"][1]["content"]:
            yield f"{where}: problem is not what the user says in the prompt"
        if not row["answer"] or len({row["answer"], row["solution"], row["reward_model"]["ground_truth"]}) != 1:
            yield f"{where}: answer, solution and ground truth are not one and the same"
        if row["split"] != extra["split"] or not (row["split"] == split or stands_twice(release, row, split)):
            yield f"{where}: it says that it is of the split {row['split']!r}"
        if extra["index"] != position[split]:
            yield f"{where}: its index is {extra['index']}, not {position[split]}"
        position[split] += 1
        if any(one["create_kwargs"]["video_id"] != row["video_id"] for one in extra["tools_kwargs"].values()):
            yield f"{where}: tools_kwargs are not about its video"
        rate = extra["pass_rate"]
        if (rate is None) != (extra["rollouts"] == 0) or not 0 <= (rate or 0) <= 1:
            yield f"{where}: pass rate {rate} of {extra['rollouts']} rollouts"


def rl_questions(release: Release) -> Iterator[str]:
    """Every question that was explored has its RL row, or a reject that says why not, and it counts all rollouts."""
    rollouts: Counter[tuple[str, str]] = Counter()
    unwanted = unwanted_questions(release)
    for _, row in release.rows("trajectories", ["video.id", "question.id"]):
        rollouts[row["video"]["id"], row["question"]["id"]] += 1
    there = set()
    for where, row in release.rows("rl", ["video_id", "extra_info.question_id", "extra_info.rollouts"]):
        key = row["video_id"], row["extra_info"]["question_id"]
        there.add(key)
        if row["extra_info"]["rollouts"] != rollouts[key]:
            yield f"{where}: {row['extra_info']['rollouts']} rollouts, trajectories/ has {rollouts[key]}"
        if key in unwanted:
            yield f"{where}: its question is not wanted: {unwanted[key]}"
    for _, row in release.rows("rejects", ["stage", "unit", "video_id", "question_id"]):
        if (row["stage"], row["unit"]) == ("write", "row"):
            there.add((row["video_id"], row["question_id"]))
    for video_id, question_id in sorted(set(rollouts) - there):
        yield f"the question {question_id!r} about {video_id!r} has no RL row"
