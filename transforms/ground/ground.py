"""From caption space to frames: what the teacher read is replaced by what the deployed tools show."""

from dataclasses import replace

from schemas.errors import InputError
from schemas.trajectory import Frame, Trajectory, Turn
from transforms.tools.base import FrameRequest
from transforms.tools.looks import Grounded
from transforms.tools.registry import TOOLS


def ground(trajectory: Trajectory, looks: tuple[Grounded, ...], found: dict[FrameRequest, Frame]) -> Trajectory:
    """The trajectory with its looks and frames, calls renamed to their grounded face.

    Raises:
        InputError: `frame_lost`, a frame that a look shows could not be decoded.
    """
    frames: dict[Frame, int] = {}
    turns = list(trajectory.turns)
    for grounded in looks:
        refs: list[int] = []
        for request in grounded.look.requests:
            if request not in found:
                raise InputError("frame_lost", f"the frame at {request.pts_s} s could not be decoded")
            refs.append(frames.setdefault(found[request], len(frames)))
        turns[grounded.turn] = replace(
            turns[grounded.turn],
            look_text=grounded.look.text,
            spans=grounded.look.spans,
            frame_refs=tuple(refs),
        )
    return replace(trajectory, turns=tuple(_rename(turn) for turn in turns), frames=tuple(frames))


def _rename(turn: Turn) -> Turn:
    """Calls under the names of the deployed tools; a call of a tool that does not exist keeps its name."""
    calls = tuple(
        replace(call, name=TOOLS[call.name].grounded.name) if call.name in TOOLS else call for call in turn.calls
    )
    return replace(turn, calls=calls)
