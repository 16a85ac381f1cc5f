"""Kinds of faults that published data has, each planted into a right trajectory: one fault, nothing else.

A plant is a function of the case; a kind names the verifier that is meant to catch it. A new kind is one line below.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from schemas.chat import Call
from schemas.codec import canonical
from schemas.source import LETTERS, Evidence
from schemas.span import Span
from schemas.trajectory import Turn
from tests.faults.tools import (
    Plant,
    asked,
    at,
    call_of,
    changed,
    evidence,
    first_thought,
    gone,
    insert,
    other_answer,
    recall,
    redrawn,
    say,
    shown_in,
    turn,
    without_unused,
    zoom,
)
from transforms.answers import ask_form, state
from transforms.media.frames import displayed_at, during
from transforms.media.picture import decode_jpeg, encode_jpeg
from transforms.text import contains, tokens
from transforms.times import spell_span
from transforms.verify.case import Case


@dataclass(frozen=True, slots=True)
class Kind:
    """`verifier` is the one that is meant to catch it."""

    name: str
    verifier: str
    plant: Plant


# ---- the conversation and its form


def two_calls(case: Case) -> Case | None:
    n = zoom(case)
    if n is None:
        return None
    return turn(case, n, calls=(*case.trajectory.turns[n].calls, call_of("extra", "overview")))


def ends_with_a_call(case: Case) -> Case:
    return turn(case, len(case.trajectory.turns) - 1, calls=(_window("z", Span(1.0, 3.0)),))


def answer_to_no_call(case: Case) -> Case | None:
    n = at(case, lambda one: one.role == "tool")
    return None if n is None else turn(case, n, call_id="nobody's")


def frames_out_of_order(case: Case) -> Case | None:
    n = at(case, lambda one: one.role == "tool" and len(one.frame_refs) > 1)
    return None if n is None else turn(case, n, frame_refs=case.trajectory.turns[n].frame_refs[::-1])


def frame_past_the_list(case: Case) -> Case | None:
    n = at(case, lambda one: one.role == "tool" and bool(one.frame_refs))
    refs = case.trajectory.turns[n].frame_refs if n is not None else ()
    return None if n is None else turn(case, n, frame_refs=(*refs, len(case.trajectory.frames)))


def no_json(case: Case) -> Case | None:
    n = at(case, lambda one: bool(one.calls))
    if n is None:
        return None
    (call,) = case.trajectory.turns[n].calls
    return turn(case, n, calls=(replace(call, arguments_json=call.arguments_json[:-1]),))


def too_many_frames(case: Case) -> Case | None:
    n = zoom(case)
    if n is None:
        return None
    refs = case.trajectory.turns[n + 1].frame_refs
    return turn(case, n + 1, frame_refs=refs * (1 + 768 // len(refs)))


def thin(case: Case) -> Case:
    turns = tuple(replace(one, reasoning="", text="ok" if one.role == "assistant" else one.text) for one in case.turns)
    return changed(case, turns=turns)


def the_same_thought(case: Case) -> Case | None:
    spoken = [n for n, one in enumerate(case.trajectory.turns) if one.role == "assistant"]
    if len(spoken) < 3:
        return None
    for n in spoken:
        case = turn(case, n, reasoning="I need to find the part of the video that holds the answer to the question.")
    return case


def error_read(case: Case) -> Case | None:
    n = at(case, lambda one: one.role == "tool")
    if n is None:
        return None
    read = case.trajectory.turns[n].read_text
    return turn(case, n, read_text=f"{read}\n[0.0-4.0] seen: Error code: 429 - Too Many Requests")


# ---- the answer


def near_twin(case: Case) -> Case | None:
    """A digit of the answer is another one."""
    question = case.trajectory.question
    said = case.trajectory.answer
    if question.kind not in ("open", "count") or not any(map(str.isdecimal, said)):
        return None
    last = max(n for n, c in enumerate(said) if c.isdecimal())
    return changed(case, answer=f"{said[:last]}{(int(said[last]) + 1) % 10}{said[last + 1 :]}")


def of_kind(kind: str, change: Callable[[Case], str]) -> Plant:
    """Another answer to questions of one kind."""
    return lambda case: changed(case, answer=change(case)) if case.trajectory.question.kind == kind else None


def right_span(case: Case) -> Span:
    answer = case.trajectory.question.answer
    assert isinstance(answer, Span)
    return answer


def shifted(case: Case) -> str:
    span = right_span(case)
    return spell_span(Span(span.end_s, span.end_s + span.length_s))


def reversed_span(case: Case) -> str:
    span = right_span(case)
    return f"{span.end_s:g}-{span.start_s:g}"


def in_minutes(case: Case) -> str:
    span = right_span(case)
    return f"{span.start_s / 60:.2f}-{span.end_s / 60:.2f}"


def in_frames(case: Case) -> str:
    span = right_span(case)
    return f"{span.start_s * 25:.0f}-{span.end_s * 25:.0f}"


def two_choices(case: Case) -> str:
    return f"{state(case.trajectory.question)} or {other_answer(case.trajectory.question)}"


def in_place(case: Case) -> str:
    """The place of the choice, counted from 1, instead of its letter."""
    return str(LETTERS.index(state(case.trajectory.question)) + 1)


def swapped_order(case: Case) -> str:
    letters = state(case.trajectory.question).split(", ")
    return ", ".join([letters[1], letters[0], *letters[2:]])


def one_more(case: Case) -> str:
    answer = case.trajectory.question.answer
    assert isinstance(answer, float)
    return f"{answer + 1:g}"


# ---- where was looked


def never_opened(case: Case) -> Case | None:
    turns = case.trajectory.turns
    kept = (*turns[:2], turns[-1])
    refs = turns[1].frame_refs
    if not any(one.role == "tool" for one in turns) or not case.trajectory.question.evidence:
        return None
    return changed(case, turns=kept, frames=case.trajectory.frames[: len(refs)])


def free_stretch(case: Case, length_s: float) -> Span | None:
    """A stretch of the video that meets no evidence and no look."""
    taken = [one.span for one in case.trajectory.question.evidence]
    taken += [span for one in case.trajectory.turns for span in one.spans if one.role == "tool"]
    last = int(case.timeline.duration_s - length_s)
    spans = (Span(float(n), n + length_s) for n in range(1, last))
    return next((one for one in spans if not any(one.overlap_s(of) for of in taken)), None)


def evidence_moved(case: Case) -> Case | None:
    pieces = case.trajectory.question.evidence
    free = free_stretch(case, 3.0)
    return None if not pieces or free is None else asked(case, evidence=(replace(pieces[0], span=free), *pieces[1:]))


def heard_not_seen(case: Case) -> Case | None:
    """What was told has to be seen."""
    spoken = next((item for item in case.timeline.speech if _told(case, item.text)), None)
    if spoken is None or shown_in(case, spoken.span):
        return None
    return asked(case, evidence=(Evidence(spoken.span, None, "screen"),))


def _told(case: Case, text: str) -> bool:
    return any(text in one.look_text for one in case.trajectory.turns)


def looked_elsewhere_last(case: Case) -> Case | None:
    """Another window after the right ones, around a frame of the overview."""
    question, frames = case.trajectory.question, case.trajectory.frames
    if question.kind in {"span", "count"} or not question.evidence or zoom(case) is None:
        return None
    for ref in case.trajectory.turns[1].frame_refs:
        span = Span(max(0.0, frames[ref].pts_s - 1.0), frames[ref].pts_s + 1.5)
        if not any(span.overlap_s(piece.span) for piece in question.evidence):
            opened = Turn("assistant", "", "One more look.", (_window("late", span),))
            shown = Turn("tool", call_id="late", look_text="1 frame", spans=(span,), frame_refs=(ref,))
            return insert(case, len(case.trajectory.turns) - 1, opened, shown)
    return None


def _window(number: str, span: Span) -> Call:
    return call_of(number, "temporal_zoom", start_s=round(span.start_s, 1), end_s=round(span.end_s, 1))


def rewindowed(change: Callable[[Case, Span], tuple[float, float]]) -> Plant:
    """Other bounds of the last zoom, which shows what it showed."""

    def plant(case: Case) -> Case | None:
        n = zoom(case)
        if n is None:
            return None
        held = json.loads(case.trajectory.turns[n].calls[0].arguments_json)
        start_s, end_s = change(case, Span(held["start_s"], held["end_s"]))
        return recall(case, n, start_s=start_s, end_s=end_s)

    return plant


def again(case: Case, index: int, **arguments: Any) -> Case:
    """The call of a turn once more, right after its answer."""
    opened, shown = case.trajectory.turns[index : index + 2]
    held = json.loads(opened.calls[0].arguments_json)
    call = replace(opened.calls[0], id="again", arguments_json=canonical({**held, **arguments}))
    return insert(
        case, index + 2, replace(opened, reasoning="Once more.", calls=(call,)), replace(shown, call_id="again")
    )


def duplicated_call(case: Case) -> Case | None:
    n = at(case, lambda one: bool(one.calls))
    return None if n is None else again(case, n)


def nearly_again(case: Case) -> Case | None:
    n = zoom(case)
    if n is None:
        return None
    held = json.loads(case.trajectory.turns[n].calls[0].arguments_json)
    return again(case, n, end_s=round(held["end_s"] + 0.1 * (held["end_s"] - held["start_s"]), 2))


def shows_nothing(case: Case) -> Case | None:
    n = zoom(case)
    return None if n is None else without_unused(turn(case, n + 1, frame_refs=(), spans=()))


def seen_span(case: Case) -> Span | None:
    """The stretch that answers, where one on screen is asked for."""
    question = case.trajectory.question
    return right_span(case) if question.kind == "span" and evidence(case, "screen") else None


def thinned(case: Case) -> Case | None:
    """No look shows the second before the stretch, nor the second after it began."""
    span = seen_span(case)
    if span is None:
        return None
    for n, one in enumerate(case.trajectory.turns):
        far = [ref for ref in one.frame_refs if abs(case.trajectory.frames[ref].pts_s - span.start_s) > 1.0]
        if one.frame_refs and not far:
            return None
        case = turn(case, n, frame_refs=tuple(far))
    return without_unused(case)


def finer_than_seen(case: Case) -> Case | None:
    """A start that is right by its overlap, in the middle of a time before the stretch that no frame shows."""
    span = seen_span(case)
    if span is None:
        return None
    pts_s = sorted(case.trajectory.frames[ref].pts_s for one in case.trajectory.turns for ref in one.frame_refs)
    for early, late in zip(pts_s, pts_s[1:], strict=False):
        middle_s = (early + late) / 2
        if late - early > 1.0 and span.start_s - 0.9 * span.length_s < middle_s < span.start_s:
            return changed(case, answer=f"{middle_s:.1f}-{span.end_s:.1f}")
    return None


def end_elsewhere(case: Case) -> Case | None:
    """A start that is right by its overlap, after frames that show the text already."""
    span = seen_span(case)
    if span is None or span.length_s < 4.0:
        return None
    return changed(case, answer=f"{span.start_s + 1.2:.1f}-{span.end_s:.1f}")


# ---- what is said, and when


def time_from_nowhere(case: Case) -> Case | None:
    known = [span for one in case.trajectory.turns for span in one.spans]
    told = " ".join(one.look_text for one in case.trajectory.turns) + case.trajectory.question.text
    moments = [float(word) for word in tokens(told) if word.replace(".", "", 1).isdecimal()]
    for n in range(2, int(case.timeline.duration_s) - 2):
        if all(abs(n - one) > 1.5 for one in moments) and not any(s.start_s - 2 < n < s.end_s + 2 for s in known):
            return say(case, f"It happens at {n}.0 s.")
    return None


def seen_before(case: Case, spans: list[Span]) -> bool:
    """Whether the opening shows any of them."""
    opening = [case.trajectory.frames[ref].pts_s for ref in case.trajectory.turns[1].frame_refs]
    wide = [Span(max(0.0, span.start_s - 1), span.end_s + 1) for span in spans]
    return any(during(displayed_at(case.times, pts_s), span) for pts_s in opening for span in wide)


def text_foretold(case: Case) -> Case | None:
    question = ask_form(case.trajectory.question)
    for line in case.timeline.lines:
        same = [one.span for one in case.timeline.lines if tokens(one.text) == tokens(line.text)]
        telling = line.sure and len(tokens(line.text)) > 1 and len("".join(tokens(line.text))) >= 10
        if telling and not contains(question, line.text) and not seen_before(case, same):
            return say(case, f'It must be where "{line.text}" is shown.', first_thought(case))
    return None


def speech_foretold(case: Case) -> Case | None:
    question = ask_form(case.trajectory.question)
    for item in case.timeline.speech:
        if item.sure and len(tokens(item.text)) >= 6 and not contains(question, item.text):
            return say(case, f'The voice will say "{item.text}"', first_thought(case))
    return None


def caption_in_thoughts(case: Case) -> Case:
    return say(case, f"I see {_caption(case)}.")


def caption_in_query(case: Case) -> Case | None:
    n = at(case, lambda one: bool(one.calls) and "query" in one.calls[0].arguments_json)
    return None if n is None else recall(case, n, query=_caption(case))


def _caption(case: Case) -> str:
    return max((one.text for one in case.timeline.captions if one.level == "clip"), key=len)


def speech_lost(case: Case) -> Case | None:
    piece = evidence(case, "speech")
    if piece is None:
        return None
    return _speech_replaced(case, "")


def other_speech(case: Case) -> Case | None:
    piece = evidence(case, "speech")
    if piece is None:
        return None
    other = next((one.text for one in case.timeline.speech if not contains(one.text, piece.text)), None)
    return None if other is None else _speech_replaced(case, f'"{other}"')


def _speech_replaced(case: Case, by: str) -> Case:
    turns = tuple(
        replace(one, look_text=f"Speech: {by}") if one.role == "tool" and not one.frame_refs else one
        for one in case.trajectory.turns
    )
    return changed(case, turns=turns)


# ---- pictures


def frames_changed(change: Callable[[Case, int], dict[str, Any] | None]) -> Plant:
    """Other fields of the first frame that a zoom shows."""

    def plant(case: Case) -> Case | None:
        n = zoom(case)
        if n is None:
            return None
        ref = case.trajectory.turns[n + 1].frame_refs[0]
        fields = change(case, ref)
        if fields is None:
            return None
        frames = list(case.trajectory.frames)
        frames[ref] = replace(frames[ref], **fields)
        return changed(case, frames=tuple(frames))

    return plant


def next_time(case: Case, ref: int) -> dict[str, Any] | None:
    """Off by one: the time of the frame after it."""
    after = case.times.pts_s.index(case.trajectory.frames[ref].pts_s) + 1
    return {"pts_s": case.times.pts_s[after]} if after < len(case.times.pts_s) else None


def no_frames_time(case: Case, ref: int) -> dict[str, Any]:
    return {"pts_s": case.trajectory.frames[ref].pts_s + 0.0005}


def far_away(case: Case, ref: int) -> dict[str, Any] | None:
    free = free_stretch(case, 2.0)
    return None if free is None else {"pts_s": min(case.times.pts_s, key=lambda pts_s: abs(pts_s - free.middle_s))}


def another_picture(case: Case, ref: int) -> dict[str, Any] | None:
    frames = case.trajectory.frames
    other = next((one for one in frames if one.sha256 != frames[ref].sha256), None)
    return None if other is None else {"sha256": other.sha256}


def no_picture(case: Case, ref: int) -> dict[str, Any]:
    return {"sha256": case.store.put_blob(b"not a picture")}


def double_size(case: Case, ref: int) -> dict[str, Any]:
    frame = case.trajectory.frames[ref]
    return {"width": 2 * frame.width, "height": 2 * frame.height}


def picture_gone(case: Case) -> Case | None:
    n = zoom(case)
    return None if n is None else gone(case, case.trajectory.turns[n + 1].frame_refs[0])


def black(jpeg: bytes) -> bytes:
    return encode_jpeg(np.zeros_like(decode_jpeg(jpeg)))


def blurred(jpeg: bytes) -> bytes:
    return encode_jpeg(cv2.GaussianBlur(decode_jpeg(jpeg), (0, 0), 9))


def black_window(case: Case) -> Case | None:
    n = zoom(case)
    return None if n is None else redrawn(case, list(case.trajectory.turns[n + 1].frame_refs), black)


def read_here(case: Case) -> list[int] | None:
    """The frames in which text evidence is to be read."""
    piece = evidence(case, "screen")
    return shown_in(case, piece.span) or None if piece is not None else None


def unreadable(case: Case) -> Case | None:
    which = read_here(case)
    return None if which is None else redrawn(case, which, blurred)


def twin_card(case: Case) -> Case | None:
    """The frames show another card of the video than the one they should."""
    which, piece = read_here(case), evidence(case, "screen")
    if which is None or piece is None:
        return None
    lines = [one for one in case.timeline.lines if contains(one.text, piece.text)]
    frames = case.trajectory.frames
    others = [f for f in frames if not any(during(displayed_at(case.times, f.pts_s), line.span) for line in lines)]
    if not others:
        return None
    picture = case.store.blob(others[0].sha256)
    return redrawn(case, which, lambda jpeg: picture)


def a_blink(case: Case, span: Span) -> tuple[float, float]:
    return span.start_s, span.start_s + 0.25


def window_of_the_end(case: Case, span: Span) -> tuple[float, float]:
    return span.end_s, span.start_s


FREE: tuple[Kind, ...] = (
    Kind("two calls in one turn", "form", two_calls),
    Kind("no answer", "form", lambda case: changed(case, answer="")),
    Kind(
        "ends with a call",
        "form",
        lambda case: turn(case, len(case.trajectory.turns) - 1, calls=(_window("z", Span(1, 3)),)),
    ),
    Kind("a tool answers a call that nobody made", "form", answer_to_no_call),
    Kind("frames out of order", "form", frames_out_of_order),
    Kind("a frame that the record does not have", "form", frame_past_the_list),
    Kind("arguments that are cut off", "trainable", no_json),
    Kind("a media tag in the system prompt", "trainable", lambda case: turn(case, 0, text="You see <image>.")),
    Kind("the user speaks twice", "trainable", lambda case: insert(case, 2, Turn("user", "And be quick."))),
    Kind("longer than the context", "length", lambda case: say(case, " ".join(f"word{n}" for n in range(90_000)))),
    Kind("more frames than fit", "length", too_many_frames),
    Kind("no thoughts", "thoughts", thin),
    Kind("the same thought in every turn", "thoughts", the_same_thought),
    Kind("an API error as a caption", "error_text", error_read),
    Kind("an API error in the thoughts", "error_text", lambda case: say(case, "HTTP error 503: Service Unavailable.")),
    Kind("wrong answer", "answer", lambda case: changed(case, answer=other_answer(case.trajectory.question))),
    Kind("near-twin answer, one digit off", "answer", near_twin),
    Kind("two choices at once", "answer", of_kind("choice", two_choices)),
    Kind("the place of a choice for its letter", "answer", of_kind("choice", in_place)),
    Kind("a count that is one too high", "answer", of_kind("count", one_more)),
    Kind("two events in the wrong order", "answer", of_kind("order", swapped_order)),
    Kind("a span that is shifted", "answer", of_kind("span", shifted)),
    Kind("a span that is reversed", "answer", of_kind("span", reversed_span)),
    Kind("wrong unit: minutes for seconds", "answer", of_kind("span", in_minutes)),
    Kind("wrong unit: frames for seconds", "answer", of_kind("span", in_frames)),
    Kind("evidence never opened", "evidence", never_opened),
    Kind("evidence at another time", "evidence", evidence_moved),
    Kind("heard where it had to be seen", "evidence", heard_not_seen),
    Kind("the last window is elsewhere", "last_window", looked_elsewhere_last),
    Kind("a window over the whole video", "windows", rewindowed(lambda case, span: (0.0, case.timeline.duration_s))),
    Kind(
        "a window of a quarter of a second",
        "windows",
        rewindowed(lambda case, span: (span.start_s, span.start_s + 0.25)),
    ),
    Kind("a window that ends before it starts", "windows", rewindowed(window_of_the_end)),
    Kind("nearly the same window again", "windows", nearly_again),
    Kind("duplicated call", "repeats", duplicated_call),
    Kind("a zoom that shows nothing", "shown", shows_nothing),
    Kind("an end that no frames are close to", "ends", thinned),
    Kind("an answer that is finer than its frames", "ends", finer_than_seen),
    Kind("a time past the end", "times", lambda case: say(case, f"At {case.timeline.duration_s + 30:.1f} s it ends.")),
    Kind("a time from nowhere", "said_times", time_from_nowhere),
    Kind("text on screen told before it was seen", "foresight", text_foretold),
    Kind("speech told before it was heard", "foresight", speech_foretold),
    Kind("caption talk", "words", lambda case: say(case, "The caption mentions it.")),
    Kind("leaked hint", "words", lambda case: say(case, "The hint says so.")),
    Kind("ground-truth talk", "words", lambda case: say(case, "That agrees with the ground truth.")),
    Kind("a caption copied into the thoughts", "words", caption_in_thoughts),
    Kind("a caption copied into a query", "words", caption_in_query),
    Kind("an answer that is called a guess", "guess", lambda case: say(case, "My best guess is this one.")),
    Kind("speech that no tool told", "speech_text", speech_lost),
    Kind("the words of another sentence", "speech_text", other_speech),
    Kind("a frame at a time that no frame has", "frames", frames_changed(no_frames_time)),
    Kind("a frame of another stretch", "frames", frames_changed(far_away)),
    Kind("frame off by one", "pictures", frames_changed(next_time)),
    Kind("swapped frame", "pictures", frames_changed(another_picture)),
    Kind("a frame that is no picture", "pictures", frames_changed(no_picture)),
    Kind("a frame of another size than recorded", "pictures", frames_changed(double_size)),
    Kind("a frame that is lost", "pictures", picture_gone),
    Kind("a window that is black", "pictures", black_window),
    Kind("near-twin card in the frames", "screen_text", twin_card),
    Kind("evidence too blurred to read", "screen_text", unreadable),
    Kind("an end that the frames do not have", "ends_read", end_elsewhere),
)
"""Those that are caught without asking a model."""
