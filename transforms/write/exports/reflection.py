"""Reflection: a look at the wrong place, and then what a right rollout did instead, as VideoZoomer trains to correct
itself. In the strings of the dialect, for ms-swift, whose messages say whether they are trained: the wrong call is not.

Of two rollouts of a question, one wrong and one accepted, the first call in which they differ is where the wrong one
went wrong, if what it showed misses the evidence. That call and its result are put before the right rollout's own call.
So the model has seen all that the right one tells of, and one thing more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schemas.errors import InputError
from schemas.settings import Dialect, Write
from schemas.trajectory import Frame, Trajectory, Turn
from transforms.answers import state
from transforms.dialects.escape import escape
from transforms.dialects.registry import said_in
from transforms.dialects.said import Said, kept_turns
from transforms.tools.registry import INSPECTING, SHOWING
from transforms.write.exports.base import Export, Row, rendered
from transforms.write.exports.pairs import first_of
from transforms.write.exports.swift_rendered import with_loss
from transforms.write.rows import marks

Shown = tuple[Said, tuple[str, ...]]
"""What is said in a turn, and the digests of the pictures in it."""


def rows(rollouts: Sequence[Trajectory], settings: Write) -> list[Row]:
    """One row at most: the first accepted rollout after the first wrong look of another that can be put before it."""
    return first_of(rollouts, lambda right, wrong: _row(right, wrong, settings))


def _row(right: Trajectory, wrong: Trajectory, settings: Write) -> Row | None:
    at = _parting(right, wrong, settings.dialect)
    ours, theirs = kept_turns(right.turns), kept_turns(wrong.turns)
    if at is None or not _may_follow(right, ours[at:], theirs[at : at + 2]):
        return None
    joined = _joined(right, ours[:at], wrong, theirs[at : at + 2], ours[at:])
    spelled = rendered(joined, settings)
    wrong_round = sum(turn.role == "assistant" for turn in ours[:at])
    return {
        "id": right.id,
        "wrong_id": wrong.id,
        "messages": with_loss(spelled.messages, lambda n: n != wrong_round),
        "images": list(spelled.images),
        "solution": escape(state(right.question)),
        **marks(right),
    }


def _parting(right: Trajectory, wrong: Trajectory, dialect: Dialect) -> int | None:
    """Index of the first turn in which they differ, if both make a call there; None if not."""
    try:
        both = zip(_shown(right, dialect), _shown(wrong, dialect), strict=False)
        at, (ours, theirs) = next((n, pair) for n, pair in enumerate(both) if pair[0] != pair[1])
    except (InputError, StopIteration):
        return None  # what cannot be spelled was turned away, and its reject says why
    return at if ours[0].call and theirs[0].call and ours[0].call != theirs[0].call else None


def _shown(one: Trajectory, dialect: Dialect) -> Iterator[Shown]:
    turns = kept_turns(one.turns)
    for turn, said in zip(turns, said_in(one, dialect), strict=True):
        yield said, tuple(one.frames[ref].sha256 for ref in turn.frame_refs)


def _may_follow(right: Trajectory, rest: Sequence[Turn], look: Sequence[Turn]) -> bool:
    """Whether a look is known to be a wrong one, and the rest of the right rollout still holds after it.

    It holds where it does not make that very call later, and where a call was left: a user who speaks later says that
    none is.
    """
    (call,) = look[0].calls
    evidence = [piece.span for piece in right.question.evidence]
    misses = all(span.end_s <= of.start_s or of.end_s <= span.start_s for span in look[1].spans for of in evidence)
    looked = call.name in SHOWING | INSPECTING and bool(look[1].spans) and bool(evidence)
    later = {(one.name, one.arguments_json) for turn in rest for one in turn.calls}
    told = any(turn.role == "user" for turn in rest)
    return looked and misses and not told and (call.name, call.arguments_json) not in later


def _joined(
    right: Trajectory, before: Sequence[Turn], wrong: Trajectory, look: Sequence[Turn], after: Sequence[Turn]
) -> Trajectory:
    """The right rollout with a look of the wrong one in it; frames in order of first use."""
    frames: dict[Frame, int] = {}

    def shown(turn: Turn, of: Trajectory) -> Turn:
        refs = tuple(frames.setdefault(of.frames[ref], len(frames)) for ref in turn.frame_refs)
        return replace(turn, frame_refs=refs)

    parts = ((before, right), (look, wrong), (after, right))
    turns = tuple(shown(turn, of) for part, of in parts for turn in part)
    return replace(right, turns=turns, frames=tuple(frames))


EXPORT = Export("rollouts", rows, "ms-swift, with its `loss` of each message")
