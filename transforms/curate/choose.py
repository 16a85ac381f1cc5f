"""Pass rates, the choice of rollouts, and splits: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.codec import digest
from schemas.settings import Band

BLIND = "answerable_from_"
"""How the codes of blind runs that were right begin."""

UNTRIED = "not_tried_blind"


@dataclass(frozen=True, slots=True)
class Tried:
    """What choosing needs to know of one finished rollout. `right` is judged on the answer alone, before grounding."""

    id: str
    rollout: int
    accepted: bool
    right: bool
    calls: int
    frames: int


def pass_rate(tried: Sequence[Tried]) -> float | None:
    """Right answers over rollouts finished; None when none finished. Infrastructure failures are not in `tried`."""
    return round(sum(one.right for one in tried) / len(tried), 6) if tried else None


def against(rate: float | None, codes: Iterable[str], band: Band | None, blind: bool | None = None) -> str:
    """Why a question is not wanted, as a code; empty when it is.

    `codes` are those of its trajectories: one that was shown to be answerable without looking stands for all. `blind`
    says whether blind runs were made, which only good trajectories pay for; None where the entry wants none.
    """
    answerable = min((code for code in codes if code.startswith(BLIND)), default="")
    if answerable:
        return answerable
    if band is not None and (rate is None or not band.above < rate < band.below):
        return "out_of_band"
    return UNTRIED if blind is False else ""


def why_unwanted(code: str, rate: float | None, rollouts: int) -> str:
    """The reason in words of a code that `against` gives."""
    if code.startswith(BLIND):
        return "a blind run showed that the question can be answered without looking"
    if code == UNTRIED:
        return "no rollout was good enough to pay for blind runs: whether it can be answered without looking is unknown"
    return f"the question's pass rate, {rate} over {rollouts} rollouts, lies outside curate.band"


def choose(tried: Sequence[Tried], best: int) -> frozenset[str]:
    """Ids of the accepted rollouts to keep: those that needed the fewest calls, then the fewest frames."""
    ranked = sorted((one for one in tried if one.accepted), key=lambda one: (one.calls, one.frames, one.rollout))
    return frozenset(one.id for one in ranked[:best])


def split_of(video_group: str, shares: Mapping[str, float]) -> str:
    """The split of a video, by hash of its group or id: the same in every build, whatever else is in it and in whatever
    order the shares are written."""
    point = int(digest("split", video_group)[:8], 16) / 2**32
    reached = 0.0
    for name, share in sorted(shares.items()):
        reached += share
        if point < reached:
            return name
    return max(shares)
