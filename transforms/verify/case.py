"""What a verifier is given, and the shape of what it says.

A verifier is a small file with one `check(case) -> Verdict`; it is entered in `registry.py`. It accepts, filters
(well-formed, but not wanted) or fails (something broke), with a code and a sentence, and a measure or the reason why
there is none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from schemas.chat import Call
from schemas.scan import FrameTimes
from schemas.settings import DEFAULT_DIALECT, Dialect, Ground, Verify
from schemas.source import Box
from schemas.span import Span
from schemas.timeline import Timeline
from schemas.trajectory import Frame, Trajectory, Turn, Verdict
from transforms.boxes import WHOLE, share_within
from transforms.dialects.said import joined, kept_turns
from transforms.engines.ocr import Ocr
from transforms.media.frames import ROUNDED_S, displayed_at_all
from transforms.store import Store
from transforms.text import contains
from transforms.times import parse_span
from transforms.tools.registry import INSPECTING
from transforms.verify.known import Known, known_of
from transforms.verify.moments import moments
from transforms.verify.once import once


@dataclass(frozen=True)
class Case:
    """A grounded trajectory and all it may be held against. `ocr` is None when the entry reads no text; `ground` is how
    frames were fetched, `dialect` how it will be spelled. It may be kept although verifiers that are `pardoned` are
    against it, so the others look at it all the same.

    What several verifiers look at is worked out once: no field changes after the case is made.
    """

    trajectory: Trajectory
    timeline: Timeline
    times: FrameTimes
    settings: Verify
    store: Store
    ocr: Ocr | None
    ground: Ground = Ground()
    dialect: Dialect = DEFAULT_DIALECT
    pardoned: frozenset[str] = frozenset()

    @once
    def turns(self) -> tuple[Turn, ...]:
        """The turns that a row is rendered from: malformed ones and the errors that answered them are left out."""
        return kept_turns(self.trajectory.turns)

    @once
    def looks(self) -> tuple[Turn, ...]:
        """The tool turns that told or showed something."""
        return tuple([turn for turn in self.turns if turn.role == "tool"])

    @once
    def calls(self) -> tuple[Call, ...]:
        """The calls a model would learn to make."""
        return tuple([call for turn in self.turns for call in turn.calls])

    @once
    def inspections(self) -> frozenset[str]:
        """Ids of the calls that let somebody look at the frames, and are told what he saw."""
        return frozenset([call.id for call in self.calls if call.name in INSPECTING])

    @once
    def thoughts(self) -> tuple[str, ...]:
        """What the assistant says in each of its turns: reasoning and words."""
        return tuple([joined(turn.reasoning, turn.text, "\n") for turn in self.turns if turn.role == "assistant"])

    @once
    def moments(self) -> tuple[tuple[tuple[str, float], ...], ...]:
        """The moments of the video that each of its turns names: the phrase and its seconds."""
        return tuple([tuple(moments(thought)) for thought in self.thoughts])

    @once
    def answer_times(self) -> tuple[float, ...]:
        """Seconds that the answer names where a span is asked for."""
        asks_for_span = self.trajectory.question.kind == "span"
        return (parse_span(self.trajectory.answer) or ()) if asks_for_span else ()

    @once
    def said(self) -> str:
        """Everything a model would learn to say: reasoning, words and answer, line by line."""
        return "\n".join([part for part in (*self.thoughts, self.trajectory.answer) if part])

    @once
    def called(self) -> dict[str, Call]:
        """Its calls by their ids."""
        return {call.id: call for call in self.calls}

    @once
    def displayed(self) -> tuple[tuple[float, float], ...]:
        """From when until when each of its frames is on screen, in seconds."""
        return displayed_at_all(self.times, [frame.pts_s for frame in self.trajectory.frames])

    @once
    def whole_pictures(self) -> dict[tuple[float, float], Frame]:
        """The frames of the whole picture that the row shows, by from when until when they are on screen (seconds), in
        order of time; of one that is shown at several sizes the largest."""
        frames = self.trajectory.frames
        refs = {ref for turn in self.turns for ref in turn.frame_refs if frames[ref].box is None}
        found = {self.displayed[ref]: frames[ref] for ref in sorted(refs, key=lambda ref: frames[ref].width)}
        return dict(sorted(found.items(), key=lambda item: item[0]))

    def shown(self, refs: Iterable[int], span: Span, box: Box | None) -> float:
        """Share (0 to 1) of a region, or of the whole picture, that one of these frames shows during the span: of the
        one that shows most of it."""
        most, displayed, frames = 0.0, self.displayed, self.trajectory.frames
        for ref in refs:
            begins_s, until_s = displayed[ref]
            # `during`: a call for every frame takes longer.
            if begins_s + ROUNDED_S < span.end_s and until_s - ROUNDED_S > span.start_s:
                most = max(most, share_shown(frames[ref], box))
                if most == 1.0:
                    break
        return most

    @once
    def known(self) -> Known:
        """What the video itself says and shows, and what only captions say of it."""
        return known_of(self.timeline)

    def quotable(self, phrase: str) -> bool:
        """Whether anybody may say it: the question, its choices or its answer do, or the screen, or a voice."""
        return contains(self.asked, phrase) or contains(self.known.quotes, phrase)

    @once
    def asked(self) -> str:
        """The question, its choices and its answer, line by line."""
        question = self.trajectory.question
        return "\n".join((question.text, *question.choices, str(question.answer)))


@lru_cache(maxsize=4096, typed=True)
def accept(verifier: str, measure: float | None = None, reason: str = "", detail: str = "") -> Verdict:
    """Passed. Without a measure, `reason` says why there is none. Kept: most verdicts are the same few."""
    return Verdict(verifier, "accept", "", detail, measure, reason)


def filtered(verifier: str, code: str, detail: str, measure: float | None = None) -> Verdict:
    return Verdict(verifier, "filter", code, detail, measure)


def failed(verifier: str, code: str, detail: str) -> Verdict:
    return Verdict(verifier, "fail", code, detail)


def share_shown(frame: Frame, box: Box | None) -> float:
    """Share (0 to 1) of a region, or of the whole picture, that a frame shows: a crop shows what lies in its box."""
    return 1.0 if frame.box is None else share_within(box or WHOLE, frame.box)
