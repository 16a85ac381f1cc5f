"""Kinds of faults in looks that the samples' tools do not make: crops, and what somebody tells who looked.

Each is planted into a right trajectory about the drawn sign that was seen so, `cropped`, `inspected` or `descended`.
"""

from collections.abc import Callable
from dataclasses import replace

from schemas.chat import Call
from schemas.source import Box
from schemas.span import Span
from schemas.trajectory import Frame, Turn
from tests.faults.kinds import Kind
from tests.faults.tools import asked, call_of, changed, insert, recall, turn, without_unused
from tests.verify.cases import SIGN, decoded, picture
from transforms.tools.inspect import UNSURE
from transforms.verify.case import Case

_CALL, _LOOK = 2, 3
"""Where the turns stand that ask for the look at the sign, and answer."""
_AT: Box = (0.1, 0.4, 0.9, 0.6)
_BESIDE: Box = (0.0, 0.7, 1.0, 1.0)
_TWIN = "Gate 41 opens"
_PART = Span(15.0, 30.0)
"""Part 2 of the caption tree."""


def cropped(case: Case) -> Case:
    """The sign was seen in a crop at 23 s."""
    crop = Frame(case.store.put_blob(picture(SIGN)), 23.0, _AT, 320, 180)
    decoded(case.store, crop)
    sign, spoken = case.trajectory.question.evidence
    case = asked(case, evidence=(replace(sign, span=Span(23.0, 23.1), box=_AT), spoken))
    case = changed(case, frames=(*case.trajectory.frames[:2], crop))
    case = turn(case, _CALL, reasoning="A part of the picture may show it.", calls=(_region(_AT),))
    case = turn(case, _LOOK, look_text="1 frame at 23.00 s.", spans=(Span(23.0, 23.1),), frame_refs=(2,))
    return without_unused(turn(case, _CALL + 2, reasoning=f'At 23.0 s the sign says "{SIGN}".'))


def inspected(case: Case) -> Case:
    """The sign was read by somebody who looked at the window, and is sure."""
    call = call_of("c0", "inspect", start_s=20.0, end_s=24.0, question="What does the sign say?")
    case = turn(case, _CALL, calls=(call,))
    case = turn(case, _LOOK, read_text=_says(SIGN), look_text=_says(SIGN), frame_refs=())
    return without_unused(case)


def descended(case: Case) -> Case:
    """The sign was read by somebody who looked at a part of the caption tree, after the part's caption was read."""
    call = call_of("c0", "inspect_node", path="2", question="What does the sign say?")
    case = turn(inspected(case), _CALL, reasoning="The sign may be in part 2.", calls=(call,))
    case = _told(turn(case, _LOOK, spans=(_PART,)), _says(SIGN, _PART))
    reads = Turn("assistant", reasoning="Part 2 may show a sign.", calls=(call_of("p", "get_caption", path="2"),))
    told = "Caption of 2, from 15.0 s to 30.0 s:\nNothing was noted."
    return insert(case, _CALL, reads, Turn("tool", call_id="p", read_text=told, look_text=told, spans=(_PART,)))


def _region(box: Box) -> Call:
    return call_of("c0", "spatial_zoom", t_s=23.0, **dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)))


def _says(text: str, of: Span = Span(20.0, 24.0)) -> str:  # noqa: B008  # frozen
    window = f"From {of.start_s:.1f} s to {of.end_s:.1f} s"
    return f"{window}:\nAnswer: {text}\nEvidence: The sign says {text}.\nConfidence: 0.98"


def _told(case: Case, text: str) -> Case:
    return turn(case, _LOOK, read_text=text, look_text=text)


def _with_crop(case: Case, **fields: object) -> Case:
    frames = case.trajectory.frames
    crop = replace(frames[1], **fields)  # type: ignore[arg-type]
    decoded(case.store, crop)
    return changed(case, frames=(frames[0], crop))


def _asks_for(case: Case, box: Box) -> Case:
    return recall(case, _CALL, **dict(zip(("x0", "y0", "x1", "y1"), box, strict=True)))


def beside(case: Case) -> Case:
    return _asks_for(_with_crop(case, box=_BESIDE), _BESIDE)


def outside(case: Case) -> Case:
    box = (0.1, 0.4, 1.9, 0.6)
    return _asks_for(_with_crop(case, box=box), box)


def unsure(case: Case) -> Case:
    return _told(case, _says(SIGN).replace("Answer: ", UNSURE).replace("0.98", "0.40"))


def elsewhere(case: Case) -> Case:
    moved = recall(turn(case, _LOOK, spans=(Span(40.0, 44.0),)), _CALL, start_s=40.0, end_s=44.0)
    return _told(moved, _says(SIGN, Span(40.0, 44.0)))


def another_window(case: Case) -> Case:
    """The call opens one window, and the answer is of another."""
    return recall(case, _CALL, start_s=40.0, end_s=44.0)


def unread(case: Case) -> Case:
    """The part is looked at without its caption."""
    turns = case.trajectory.turns
    return changed(case, turns=(*turns[:_CALL], *turns[_LOOK + 1 :]))


def of(right: Callable[[Case], Case], fault: Callable[[Case], Case]) -> Callable[[Case], Case]:
    return lambda case: fault(right(case))


LOOKS: tuple[Kind, ...] = (
    Kind("a crop beside the evidence", "evidence", of(cropped, beside)),
    Kind("a crop of another frame", "frames", of(cropped, lambda case: _with_crop(case, pts_s=23.4))),
    Kind("a crop of another region", "frames", of(cropped, lambda case: _with_crop(case, box=_BESIDE))),
    Kind("the whole frame for a crop", "frames", of(cropped, lambda case: _with_crop(case, box=None))),
    Kind("a crop that reaches out of the picture", "frames", of(cropped, outside)),
    Kind("a look that was unsure", "evidence", of(inspected, unsure)),
    Kind("a look at another stretch", "evidence", of(inspected, elsewhere)),
    Kind("a look that answers for another window", "frames", of(inspected, another_window)),
    Kind("a part of the tree before its caption", "windows", of(descended, unread)),
    Kind("a look that says another text", "screen_text", of(inspected, lambda case: _told(case, _says(_TWIN)))),
)
