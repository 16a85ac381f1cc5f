"""From calls to looks: the budget in the order of the conversation, and the swap itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import InputError
from schemas.settings import Ground
from schemas.trajectory import Frame, Trajectory
from tests.timelines import make_timeline
from tests.verify.cases import TIMES, right_case
from transforms.ground.ground import ground
from transforms.tools.base import FrameRequest
from transforms.tools.looks import looks

TIMELINE = make_timeline()


def in_caption_space(folder: Path) -> Trajectory:
    """The right case as it was before grounding."""
    case = right_case(folder)
    turns = list(case.trajectory.turns)
    turns[1] = replace(turns[1], look_text="", frame_refs=(), read_text="The video lasts 60.0 s.")
    turns[2] = replace(turns[2], calls=(replace(turns[2].calls[0], name="caption_zoom"),))
    turns[3] = replace(turns[3], look_text="", frame_refs=(), read_text="From 20.0 s to 24.0 s: a sign.")
    return replace(case.trajectory, turns=tuple(turns), frames=())


def frame_of(request: FrameRequest) -> Frame:
    return Frame(f"{request.pts_s}", request.pts_s, request.box, 320, 180)


def test_every_call_gets_the_look_of_the_deployed_tool(tmp_path: Path) -> None:
    trajectory = in_caption_space(tmp_path)
    plan = looks(trajectory.turns, TIMES, TIMELINE, Ground(overview_frames=2, frames_per_call=4))
    assert [(one.turn, [r.pts_s for r in one.look.requests]) for one in plan] == [
        (1, [15.0, 45.0]),
        (3, [20.5, 21.5, 22.5, 23.5]),
        (5, []),
    ]
    found = {request: frame_of(request) for one in plan for request in one.look.requests}
    grounded = ground(trajectory, plan, found)
    assert grounded.turns[2].calls[0].name == "temporal_zoom"
    assert grounded.turns[3].look_text == "4 frames at 20.50, 21.50, 22.50, 23.50 s."
    assert grounded.turns[3].read_text == "From 20.0 s to 24.0 s: a sign."
    assert [turn.frame_refs for turn in grounded.turns] == [(), (0, 1), (), (2, 3, 4, 5), (), (), ()]
    assert [frame.pts_s for frame in grounded.frames] == [15.0, 45.0, 20.5, 21.5, 22.5, 23.5]
    assert grounded.turns[5].look_text == trajectory.turns[5].read_text


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (Ground(overview_frames=8, frames_per_call=8, frames_per_trajectory=10), [8, 2, 0]),
        (
            Ground(
                overview_frames=2, frames_per_call=8, pixels_per_frame=640 * 360, pixels_per_trajectory=640 * 360 * 5
            ),
            [2, 3, 0],
        ),
    ],
    ids=["frames run out", "pixels run out"],
)
def test_the_budget_is_spent_in_order(settings: Ground, shown: list[int], tmp_path: Path) -> None:
    plan = looks(in_caption_space(tmp_path).turns, TIMES, TIMELINE, settings)
    assert [len(one.look.requests) for one in plan] == shown


def test_a_frame_that_is_shown_twice_is_kept_once(tmp_path: Path) -> None:
    trajectory = in_caption_space(tmp_path)
    plan = looks(trajectory.turns, TIMES, TIMELINE, Ground(overview_frames=1, frames_per_call=1))
    same = Frame("same", 22.0, None, 320, 180)
    found = {request: same for one in plan for request in one.look.requests}
    grounded = ground(trajectory, plan, found)
    assert (grounded.frames, grounded.turns[1].frame_refs, grounded.turns[3].frame_refs) == ((same,), (0,), (0,))


def test_a_lost_frame_fails_the_trajectory(tmp_path: Path) -> None:
    trajectory = in_caption_space(tmp_path)
    plan = looks(trajectory.turns, TIMES, TIMELINE, Ground())
    with pytest.raises(InputError, match="frame_lost"):
        ground(trajectory, plan, {})
