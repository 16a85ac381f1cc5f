"""Preferences: of two rollouts of a question, one accepted and one with a wrong answer, the first turn that differs.

What both have in common is the prompt, so every picture that either turn had seen is in it, and what is preferred and
what is not are the model's own words alone: nothing that a tool said is ever trained, no picture is missing.
"""

from collections.abc import Callable, Sequence

from schemas.errors import InputError
from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.dialects.strings import IMAGE, Rendered
from transforms.write.exports.base import Export, Row, rendered
from transforms.write.exports.trl import in_parts
from transforms.write.rows import for_training

WRONG = "wrong_answer"
"""The code of a rollout that is well formed and whose answer is wrong."""

_BLAMED = {"answer", "shown", "evidence", "focus", "last_window", "windows", "repeats"}
"""Verifiers that may be against the rejected one: for what it answered, and for where it looked. Any other (words of
caption space, times before they were seen) would make it an example of something else."""


def rows(rollouts: Sequence[Trajectory], settings: Write) -> list[Row]:
    """One pair at most: the first accepted rollout, and the first wrong one that parts from it in a turn of its own."""
    return first_of(rollouts, lambda accepted, wrong: _pair(accepted, wrong, settings))


def first_of(rollouts: Sequence[Trajectory], compare: Callable[[Trajectory, Trajectory], Row | None]) -> list[Row]:
    """What the first accepted rollout of a question and the first wrong one that has a row with it come to."""
    ordered = sorted(rollouts, key=lambda one: one.id)
    accepted = next((one for one in ordered if one.status == "accept"), None)
    if accepted is None:
        return []
    compared = (compare(accepted, one) for one in ordered if _is_wrong(one))
    return [row for row in compared if row is not None][:1]


def _is_wrong(one: Trajectory) -> bool:
    """Whether nothing but its answer, and where it looked, is against a rollout."""
    against = {verdict.verifier for verdict in one.verdicts if verdict.outcome != "accept"}
    return one.code == WRONG and against <= _BLAMED


def _pair(accepted: Trajectory, wrong: Trajectory, settings: Write) -> Row | None:
    chosen = rendered(accepted, settings)
    try:
        rejected = rendered(wrong, settings)
    except InputError:
        return None  # it was turned away anyway, and its reject says why
    both = zip(chosen.messages, rejected.messages, strict=False)
    at = next((n for n, (one, other) in enumerate(both) if one != other), None)
    if at is None or chosen.messages[at][0] != "assistant":
        return None
    prompt = chosen.messages[:at]
    shown = sum(content.count(IMAGE) for _, content in prompt)
    if chosen.images[:shown] != rejected.images[:shown]:
        return None
    return {
        "id": accepted.id,
        "rejected_id": wrong.id,
        "prompt": in_parts(prompt),
        "chosen": _turn(chosen, at),
        "rejected": _turn(rejected, at),
        "images": list(chosen.images[:shown]),
        "for_training": for_training(accepted.lineage.teacher),
    }


def _turn(spelled: Rendered, at: int) -> list[Row]:
    return in_parts(spelled.messages[at : at + 1])


EXPORT = Export("rollouts", rows, "TRL DPO")
