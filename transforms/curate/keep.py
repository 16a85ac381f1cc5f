"""Which rollout of a question that nobody solved is trained on all the same, where an entry asks for it: pure."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.codec import digest
from schemas.settings import Published
from schemas.trajectory import KEPT, PARDONED, Trajectory, Verdict

_SWITCHES = {"wrong_answer": "keep_wrong", "no_answer": "keep_unfinished"}
_WHY = {"wrong_answer": "its answer is wrong", "no_answer": "it ends without an answer"}


def to_keep(rollouts: Sequence[Trajectory], settings: Published) -> str:
    """Id of the rollout to keep, as by chance but the same in every build; empty for none.

    `rollouts` are those of a question without an accepted one, each with its verdicts.
    """
    fitting = (one.id for one in rollouts if one.status == "filter" and one.code in settings.keeps and _else_good(one))
    return min(fitting, key=lambda id: digest("kept", id), default="")


def _else_good(one: Trajectory) -> bool:
    """Whether nothing but its answer and its evidence is against it; one that nobody verified is not."""
    against = {verdict.verifier for verdict in one.verdicts if verdict.outcome != "accept" and verdict.verifier != KEPT}
    return bool(against) and against <= PARDONED


def kept(rollout: Trajectory) -> Trajectory:
    """The record, which says that it is in rows to train on, and why."""
    why = (
        f"kept although {_WHY[rollout.code]}: no rollout of the question was accepted, and"
        f" published.{_SWITCHES[rollout.code]} is on"
    )
    return replace(rollout, verdicts=(*rollout.verdicts, Verdict(KEPT, "accept", "", why, None, "no measure")))
