"""What planting a fault needs: where things stand in a conversation, and a store that tells lies about pictures."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from schemas.chat import Call
from schemas.codec import canonical, digest, sha256
from schemas.settings import Ground
from schemas.source import Evidence, Question
from schemas.span import Span
from schemas.trajectory import Frame, Turn
from transforms.frame_store import frame_key
from transforms.media.frames import during
from transforms.media.picture import decode_jpeg
from transforms.store import Store
from transforms.tools.base import FrameRequest
from transforms.verify.case import Case

Plant = Callable[[Case], Case | None]
"""The case with the one fault; None where it cannot be planted."""


class Lying(Store):
    """A store that is read as it is, except for some blobs and frames. It does not travel between processes."""

    def __init__(self, of: Store, blobs: Mapping[str, bytes | None], memos: Mapping[str, Any]) -> None:
        super().__init__(of.root)
        self._blobs, self._memos = blobs, memos

    def blob(self, name: str, start: int | None = None, end: int | None = None) -> bytes:
        if name not in self._blobs:
            return super().blob(name, start, end)
        data = self._blobs[name]
        return super().blob("0" * 64) if data is None else data

    def peek(self, key: str) -> Any | None:
        return self._memos[key] if key in self._memos else super().peek(key)


def changed(case: Case, **fields: Any) -> Case:
    """The case with other fields of its trajectory."""
    return replace(case, trajectory=replace(case.trajectory, **fields))


def asked(case: Case, **fields: Any) -> Case:
    """The case with other fields of its question."""
    return changed(case, question=replace(case.trajectory.question, **fields))


def turn(case: Case, index: int, **fields: Any) -> Case:
    """The case with other fields of one turn."""
    turns = list(case.trajectory.turns)
    turns[index] = replace(turns[index], **fields)
    return changed(case, turns=tuple(turns))


def at(case: Case, wanted: Callable[[Turn], bool]) -> int | None:
    """The index of the first turn that is wanted."""
    return next((n for n, one in enumerate(case.trajectory.turns) if wanted(one)), None)


def first_thought(case: Case) -> int:
    index = at(case, lambda one: one.role == "assistant")
    assert index is not None, "somebody answers"
    return index


def zoom(case: Case) -> int | None:
    """The index of the last assistant turn that opens a window of pictures; the next turn shows it."""
    turns = case.trajectory.turns
    opened = [
        n
        for n, one in enumerate(turns)
        if one.calls and one.calls[0].name == "temporal_zoom" and turns[n + 1].frame_refs and not turns[n + 1].error
    ]
    return opened[-1] if opened else None


def recall(case: Case, index: int, **arguments: Any) -> Case:
    """The case with other arguments of the call that a turn makes."""
    (call,) = case.trajectory.turns[index].calls
    held = json.loads(call.arguments_json)
    return turn(case, index, calls=(replace(call, arguments_json=canonical({**held, **arguments})),))


def insert(case: Case, index: int, *turns: Turn) -> Case:
    held = case.trajectory.turns
    return changed(case, turns=(*held[:index], *turns, *held[index:]))


def say(case: Case, text: str, index: int = -1) -> Case:
    """The case with something more in the thoughts of a turn."""
    held = case.trajectory.turns[index]
    return turn(case, index % len(case.trajectory.turns), reasoning=f"{held.reasoning} {text}".strip())


def evidence(case: Case, modality: str) -> Evidence | None:
    """A piece of evidence with a text."""
    pieces = (one for one in case.trajectory.question.evidence if one.modality == modality and one.text)
    return next(pieces, None)


def shown_in(case: Case, span: Span) -> list[int]:
    """Which frames of the record are displayed during a span."""
    wide = Span(max(0.0, span.start_s - 1.0), span.end_s)
    return [n for n, displayed in enumerate(case.displayed) if during(displayed, wide)]


def redrawn(case: Case, which: list[int], jpeg: Callable[[bytes], bytes]) -> Case:
    """The case as if decoding had given other pictures for some frames."""
    frames, blobs, memos = list(case.trajectory.frames), dict[str, bytes | None](), dict[str, Any]()
    for n in which:
        data = jpeg(case.store.blob(frames[n].sha256))
        height, width = decode_jpeg(data).shape[:2]
        # By what it shows, because what is read in it is kept under its name; by its place, so that none is twice.
        frames[n] = replace(frames[n], sha256=digest(n, sha256(data)), width=width, height=height)
        blobs[frames[n].sha256] = data
        memos[_key(case, frames[n])] = {"sha256": frames[n].sha256, "width": width, "height": height}
    return changed(replace(case, store=Lying(case.store, blobs, memos)), frames=tuple(frames))


def without_unused(case: Case) -> Case:
    """The case without the frames that no turn shows, the others numbered anew."""
    used = list(dict.fromkeys(ref for one in case.trajectory.turns for ref in one.frame_refs))
    turns = tuple(
        replace(one, frame_refs=tuple(used.index(ref) for ref in one.frame_refs)) for one in case.trajectory.turns
    )
    return changed(case, turns=turns, frames=tuple(case.trajectory.frames[ref] for ref in used))


def gone(case: Case, n: int) -> Case:
    """The case without the picture of a frame."""
    name = case.trajectory.frames[n].sha256
    return replace(case, store=Lying(case.store, {name: None}, {}))


def _key(case: Case, frame: Frame) -> str:
    request = FrameRequest(frame.pts_s, frame.box, Ground().pixels_per_frame)
    return frame_key(case.trajectory.video.sha256, request)


def other_answer(question: Question) -> str:
    """A wrong answer of the right form."""
    if question.kind == "choice":
        wrong = next(n for n, text in enumerate(question.choices) if text != question.answer)
        return "ABCDEFGHIJ"[wrong]
    return "nothing of the kind"


def call_of(number: str, name: str, **arguments: Any) -> Call:
    return Call(number, name, canonical(arguments))
