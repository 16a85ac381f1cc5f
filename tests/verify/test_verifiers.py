"""Each verifier passes the right trajectory and catches the one thing it is meant for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.chat import Call
from schemas.codec import canonical
from schemas.settings import Clock, Dialect, NativeTool
from schemas.source import Evidence
from schemas.span import Span
from schemas.trajectory import Turn
from tests.verify.cases import CAPTION, SIGN, changed, decoded, picture, right_case, turn_changed
from transforms.engines.ocr import RapidOcr
from transforms.store import Store
from transforms.tools.registry import grounded_tools_json
from transforms.verify import times, trainable
from transforms.verify.case import Case
from transforms.verify.evidence import seen_share
from transforms.verify.registry import verify


def outcomes(case: Case) -> dict[str, str]:
    """Verifier → code, of the verdicts that do not accept."""
    return {v.verifier: v.code for v in verify(case).verdicts if v.outcome != "accept"}


def test_the_right_one_passes_every_verifier(tmp_path: Path) -> None:
    verified = verify(right_case(tmp_path, RapidOcr()))
    assert [(v.verifier, v.outcome) for v in verified.verdicts] == [
        (name, "accept")
        for name in (
            "form",
            "trainable",
            "length",
            "error_text",
            "answer",
            "shown",
            "evidence",
            "focus",
            "last_window",
            "windows",
            "repeats",
            "ends",
            "times",
            "said_times",
            "foresight",
            "thoughts",
            "words",
            "guess",
            "speech_text",
            "frames",
            "pictures",
            "screen_text",
            "ends_read",
        )
    ]
    assert (verified.status, verified.code) == ("accept", "")


def say(case: Case, reasoning: str) -> Case:
    return turn_changed(case, -1, lambda turn: replace(turn, reasoning=reasoning))


def call_again(case: Case) -> Case:
    turns = case.trajectory.turns
    twice = (
        *turns[:4],
        replace(turns[2], calls=(replace(turns[2].calls[0], id="c9"),)),
        replace(turns[3], call_id="c9"),
    )
    return changed(case, turns=(*twice, *turns[4:]))


def with_evidence(case: Case, *evidence: Evidence) -> Case:
    return changed(case, question=replace(case.trajectory.question, evidence=evidence))


def frame_changed(case: Case, **fields: object) -> Case:
    frames = list(case.trajectory.frames)
    frames[1] = replace(frames[1], **fields)  # type: ignore[arg-type]
    return changed(case, frames=tuple(frames))


def decoded_as(case: Case, jpeg: bytes, sha256: str = "") -> Case:
    """The case as it would be had decoding given this for the frames of the zoom."""
    name = sha256 or case.store.put_blob(jpeg)
    first, *zoomed = case.trajectory.frames
    fresh = replace(case, store=Store(f"{case.store.root}-other"))
    frames = (first, *(replace(frame, sha256=name) for frame in zoomed))
    fresh.store.put_blob(case.store.blob(first.sha256))
    if jpeg:
        fresh.store.put_blob(jpeg)
    for frame in frames:
        decoded(fresh.store, frame)
    return changed(fresh, frames=frames)


FAULTS: dict[str, tuple[Callable[[Case], Case], dict[str, str]]] = {
    "wrong answer": (lambda case: changed(case, answer="A"), {"answer": "wrong_answer"}),
    "no answer": (
        lambda case: changed(case, answer=""),
        {"form": "no_answer", "trainable": "untrainable_turn", "answer": "wrong_answer"},
    ),
    "evidence elsewhere": (
        lambda case: with_evidence(case, Evidence(Span(50.0, 54.0), None, "screen")),
        {"evidence": "evidence_not_seen", "last_window": "last_window_elsewhere"},
    ),
    "heard but not seen": (
        lambda case: with_evidence(case, Evidence(Span(30.0, 33.0), None, "screen")),
        {"evidence": "evidence_not_seen"},
    ),
    "time past the end": (lambda case: say(case, "At 75.2 s it ends."), {"times": "time_outside"}),
    "range past the end": (
        lambda case: say(case, "From 58 to 63 s it ends."),
        {"times": "time_outside", "said_times": "time_not_looked_at"},
    ),
    "same call twice": (call_again, {"repeats": "repeated_call"}),
    "caption talk": (lambda case: say(case, "The caption mentions a gate."), {"words": "caption_words"}),
    "hint talk": (lambda case: say(case, "The hint was clear."), {"words": "caption_words"}),
    "caption repeated": (lambda case: say(case, f"I see {CAPTION}."), {"words": "caption_leak"}),
    "speech not told": (
        lambda case: turn_changed(case, 5, lambda turn: replace(turn, look_text="Nothing is said.")),
        {"speech_text": "speech_not_told"},
    ),
    "no such frame time": (lambda case: frame_changed(case, pts_s=21.05), {"frames": "frame_time"}),
    "frame of another span": (lambda case: frame_changed(case, pts_s=40.0), {"frames": "frame_outside"}),
    "frame of another size": (lambda case: frame_changed(case, width=640), {"pictures": "frame_broken"}),
    "frame that is another picture": (
        lambda case: frame_changed(case, sha256=case.trajectory.frames[0].sha256),
        {"pictures": "frame_swapped"},
    ),
    "frame that was never decoded": (lambda case: frame_changed(case, pts_s=22.0), {"pictures": "frame_unknown"}),
    "frame that is no picture": (lambda case: decoded_as(case, b"not a picture"), {"pictures": "frame_broken"}),
    "frame that is lost": (lambda case: decoded_as(case, b"", "1" * 64), {"pictures": "frame_broken"}),
    "frame never used": (
        lambda case: turn_changed(case, 3, lambda turn: replace(turn, frame_refs=(1,))),
        {"form": "malformed"},
    ),
    "frames out of order": (
        lambda case: turn_changed(case, 3, lambda turn: replace(turn, frame_refs=(2, 1))),
        {"form": "malformed"},
    ),
    "answer to no call": (
        lambda case: turn_changed(case, 3, lambda turn: replace(turn, call_id="other")),
        {"form": "malformed"},
    ),
    "ends with a call": (
        lambda case: turn_changed(case, -1, lambda turn: replace(turn, calls=(Call("c9", "overview", "{}"),))),
        {"form": "malformed"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_is_caught_by_the_verifier_meant_for_it(name: str, tmp_path: Path) -> None:
    plant, expected = FAULTS[name]
    assert outcomes(plant(right_case(tmp_path))) == expected


def test_text_must_be_readable_in_the_frames_that_are_kept(tmp_path: Path) -> None:
    case = right_case(tmp_path, RapidOcr())
    verified = verify(decoded_as(case, picture("Gate 41 opens")))
    assert (verified.status, verified.code) == ("filter", "text_not_readable")
    assert SIGN in verified.verdicts[-1].detail


@pytest.mark.parametrize(
    "reasoning", ["I found no clear evidence. My best guess is B.", "I guess it is B.", "It can't be confirmed, so B."]
)
def test_an_answer_that_is_called_a_guess_is_filtered(reasoning: str, tmp_path: Path) -> None:
    assert outcomes(say(right_case(tmp_path), reasoning)) == {"guess": "guessed"}


@pytest.mark.parametrize("reasoning", ["Guests arrive at gate 14.", "The evidence is clear.", "I can find it there."])
def test_an_answer_that_is_no_guess(reasoning: str, tmp_path: Path) -> None:
    assert outcomes(say(right_case(tmp_path), reasoning)) == {}


def test_a_doubt_on_the_way_is_no_guess(tmp_path: Path) -> None:
    case = turn_changed(right_case(tmp_path), 4, lambda turn: replace(turn, reasoning="I could not find it yet."))
    assert outcomes(case) == {}


def test_costly_verifiers_are_not_paid_for_what_is_lost_already(tmp_path: Path) -> None:
    verified = verify(changed(right_case(tmp_path, RapidOcr()), answer="A"))
    assert "screen_text" not in [verdict.verifier for verdict in verified.verdicts]


def test_a_look_that_shows_nothing_is_filtered(tmp_path: Path) -> None:
    case = turn_changed(right_case(tmp_path), 3, lambda turn: replace(turn, frame_refs=(), spans=()))
    case = with_evidence(changed(case, frames=case.trajectory.frames[:1]))
    assert outcomes(case) == {"shown": "nothing_shown"}


def test_a_frame_is_read_once(tmp_path: Path) -> None:
    case = right_case(tmp_path, RapidOcr())
    verify(case)
    verify(case)
    assert {key: n for key, n in case.store.counts.items() if key[0] == "reread"} == {
        ("reread", "made"): 1,
        ("reread", "hit"): 1,
    }


def test_without_evidence_the_entry_decides(tmp_path: Path) -> None:
    case = with_evidence(right_case(tmp_path))
    verdict = next(v for v in verify(case).verdicts if v.verifier == "evidence")
    assert (verdict.outcome, verdict.measure, verdict.reason) == ("accept", None, "the question came without evidence")
    strict = replace(case, settings=case.settings.model_copy(update={"without_evidence": "filter"}))
    assert outcomes(strict) == {"evidence": "no_evidence"}


def test_a_malformed_turn_may_be_dropped(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    bad = Turn("assistant", "", "Hm.", (Call("x", "temporal_zoom", "{"),))
    told = Turn("tool", call_id="x", read_text="Bad.", look_text="Bad.", error=True)
    turns = (*case.trajectory.turns[:2], bad, told, *case.trajectory.turns[2:])
    assert outcomes(changed(case, turns=turns)) == {}


@pytest.mark.parametrize(
    ("evidence", "share"),
    [
        (Evidence(Span(20.0, 24.0), None, "screen"), 1.0),
        (Evidence(Span(22.0, 26.0), None, "screen"), 0.5),
        (Evidence(Span(0.0, 60.0), None, "screen"), 0.4),
        (Evidence(Span(29.0, 34.0), None, "speech"), 1.0),
        (Evidence(Span(22.0, 31.0), None, "any"), 4 / 9),
        (Evidence(Span(21.5, 22.5), None, "screen"), 0.0),
        (Evidence(Span(33.2, 33.9), None, "speech"), 0.0),
        (Evidence(Span(33.2, 33.9), None, "any"), 0.0),
        (Evidence(Span(30.0, 33.0), (0.0, 0.0, 0.5, 0.5), "any"), 0.0),
        (Evidence(Span(20.0, 24.0), (0.0, 0.0, 0.5, 0.5), "any"), 1.0),
    ],
    ids=[
        "whole",
        "half",
        "ten seconds of a long one",
        "speech",
        "either",
        "between two frames",
        "silence in a window that was told",
        "silence, whatever the modality",
        "a box cannot be heard",
        "a box can be seen",
    ],
)
def test_seen_share(evidence: Evidence, share: float, tmp_path: Path) -> None:
    assert seen_share(right_case(tmp_path), evidence) == share


def test_a_wide_window_counts_only_with_a_frame_of_the_evidence(tmp_path: Path) -> None:
    case = turn_changed(right_case(tmp_path), 3, lambda turn: replace(turn, spans=(Span(0.0, 60.0),)))
    assert outcomes(with_evidence(case, Evidence(Span(40.0, 42.0), None, "screen"))) == {
        "evidence": "evidence_not_seen",
        "last_window": "last_window_elsewhere",
    }
    assert "evidence" not in outcomes(with_evidence(case, Evidence(Span(22.0, 24.0), None, "screen")))


def test_evidence_must_be_seen_whatever_the_threshold(tmp_path: Path) -> None:
    case = with_evidence(right_case(tmp_path), Evidence(Span(50.0, 54.0), None, "screen"))
    lenient = replace(case, settings=case.settings.model_copy(update={"evidence_recall": 0.0}))
    assert outcomes(lenient) == {"evidence": "evidence_not_seen", "last_window": "last_window_elsewhere"}


def ask_instead(case: Case, query: str) -> Case:
    """The case with a search for clips in front."""
    asks = Turn("assistant", "", "Where is it?", (Call("c8", "clip_retrieval", canonical({"query": query})),))
    told = Turn("tool", call_id="c8", read_text="1 matching", look_text="1 matching")
    turns = (*case.trajectory.turns[:2], asks, told, *case.trajectory.turns[2:])
    return changed(case, turns=turns)


CLEVER_LEAKS: dict[str, Callable[[Case], Case]] = {
    "in quotes": lambda case: say(case, f'I see "{CAPTION}".'),
    "between inch marks": lambda case: say(case, f'A 27" screen. I see {CAPTION}. A 5" phone.'),
    "as a query": lambda case: ask_instead(case, CAPTION),
}


@pytest.mark.parametrize("name", CLEVER_LEAKS)
def test_a_caption_leaks_however_it_is_wrapped(name: str, tmp_path: Path) -> None:
    assert outcomes(CLEVER_LEAKS[name](right_case(tmp_path))) == {"words": "caption_leak"}


def test_a_caption_may_be_repeated_where_the_screen_says_the_same(tmp_path: Path) -> None:
    case = say(right_case(tmp_path), f"The board reads: {CAPTION}.")
    line = replace(case.timeline.lines[0], text=CAPTION)
    assert outcomes(replace(case, timeline=replace(case.timeline, lines=(*case.timeline.lines, line)))) == {}


def test_six_ideographs_in_a_row_are_chance(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    caption = replace(case.timeline.captions[0], text="一个人在厨房里切菜")
    case = replace(case, timeline=replace(case.timeline, captions=(caption,)))
    assert outcomes(say(case, "一个人在厨房。")) == {}


@pytest.mark.parametrize("level", ["clip", "scene", "video"])
def test_captions_of_every_level_leak(level: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    caption = replace(case.timeline.captions[0], text="two women carry a long ladder uphill", level=level)  # type: ignore[arg-type]
    case = replace(case, timeline=replace(case.timeline, captions=(caption,)))
    assert outcomes(say(case, "There two women carry a long ladder uphill.")) == {"words": "caption_leak"}


def test_what_was_looked_up_for_the_question_leaks_too(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    turns = list(case.trajectory.turns)
    looked = next(n for n, turn in enumerate(turns) if turn.role == "tool")
    read = "[20.0-24.0] seen for the question: two wooden spoons lie beside the big pot"
    turns[looked] = replace(turns[looked], read_text=read)
    case = replace(case, trajectory=replace(case.trajectory, turns=tuple(turns)))
    assert outcomes(case) == {}
    assert outcomes(say(case, "Two wooden spoons lie beside the big pot.")) == {"words": "caption_leak"}


def told(case: Case, text: str, before: int) -> Case:
    """The case with a part of the tree of captions told before its turn at that index."""
    asks = Turn("assistant", "", "I go down there.", (Call("c9", "get_caption", canonical({"path": "2"})),))
    tells = Turn("tool", call_id="c9", read_text=text, look_text=text, spans=(Span(15.0, 30.0),), item_ids=("c1",))
    turns = case.trajectory.turns
    return changed(case, turns=(*turns[:before], asks, tells, *turns[before:]))


def test_captions_that_a_deployed_tool_told_are_free_from_then_on(tmp_path: Path) -> None:
    text = f"Caption of 2, from 15.0 s to 30.0 s:\n[15.0-30.0] seen: {CAPTION}"
    case = say(right_case(tmp_path), f"The caption speaks of {CAPTION}.")
    assert outcomes(case) == {"words": "caption_words"}
    assert outcomes(told(case, text, 4)) == {}
    assert outcomes(told(case, f"Caption of 2:\n{CAPTION[:30]}", 4)) == {"words": "caption_leak"}, "only what it told"
    hinted = say(case, "The caption is no hint: I was told the answer.")
    assert outcomes(told(hinted, text, 4)) == {"words": "caption_words"}


def test_captions_are_not_free_before_a_tool_told_them(tmp_path: Path) -> None:
    text = f"Caption of 2, from 15.0 s to 30.0 s:\n[15.0-30.0] seen: {CAPTION}"
    first = turn_changed(right_case(tmp_path), 2, lambda turn: replace(turn, reasoning=f"I look for {CAPTION}."))
    assert outcomes(told(first, text, 4)) == {"words": "caption_leak"}
    assert outcomes(told(first, text, 2)) == {}
    assert outcomes(told(ask_instead(right_case(tmp_path), CAPTION), text, 6)) == {"words": "caption_leak"}
    spoken = turn_changed(right_case(tmp_path), 2, lambda turn: replace(turn, reasoning="The captions may say."))
    assert outcomes(told(spoken, text, 4)) == {"words": "caption_words"}


NAMED = {
    "get_caption": ("I will read the caption of part 1.", "The captions may say.", "Caption 2 is next."),
    "subtitle_summary": (
        "According to the summary, it leaves at noon.",
        "The summary says noon.",
        "Read the summaries.",
    ),
}
"""What a thought may say of a tool that the model has."""


@pytest.mark.parametrize("tool", NAMED)
def test_the_name_of_an_offered_tool_may_be_said(tmp_path: Path, tool: str) -> None:
    bare = right_case(tmp_path)
    offered = changed(bare, tools_json=grounded_tools_json(("caption_zoom", "subtitle_zoom", tool)))
    for words in NAMED[tool]:
        assert outcomes(say(offered, words)) == {}, words
    for other in NAMED.keys() - {tool}:
        assert outcomes(say(offered, NAMED[other][0])) == {"words": "caption_words"}
    assert outcomes(say(bare, NAMED[tool][0])) == {"words": "caption_words"}
    for words in (
        "The given answer is B.",
        "The hint was clear.",
        "According to the metadata, it is noon.",
        "I call caption_zoom.",
    ):
        assert outcomes(say(offered, words)) == {"words": "caption_words"}, words
    assert outcomes(say(offered, f"I see {CAPTION}.")) == {"words": "caption_leak"}, "its name, not its words"


def test_what_only_the_teacher_read_is_not_told(tmp_path: Path) -> None:
    case = say(right_case(tmp_path), f"I see {CAPTION}.")
    read = turn_changed(case, 3, lambda turn: replace(turn, read_text=CAPTION))
    assert outcomes(read) == {"words": "caption_leak"}


def test_words_of_caption_space_are_free_where_the_video_says_them(tmp_path: Path) -> None:
    case = say(right_case(tmp_path), 'The slide says "OCR", and that hints at nothing.')
    assert outcomes(case) == {"words": "caption_words"}
    line = replace(case.timeline.lines[0], text="What is OCR?")
    assert outcomes(replace(case, timeline=replace(case.timeline, lines=(line,)))) == {}


INSIDE = (
    'The sign says "Gate 14 opens" in the 1990s.',
    "It opens at 45 minutes past ten.",
    "From 20 to 24 s, or 0:20, it is there.",
    "A minute in, that is 1:00, it ends.",
)
OUTSIDE = (
    "At 1:30 it ends.",
    "It ends 45 minutes in.",
    "2 minutes and 5 seconds into it.",
    "At 99:59 it ends.",
    "At 300s.",
)


@pytest.mark.parametrize("reasoning", INSIDE)
def test_what_is_no_claim_or_a_true_one(reasoning: str, tmp_path: Path) -> None:
    assert outcomes(say(right_case(tmp_path), reasoning)) == {}


@pytest.mark.parametrize("reasoning", OUTSIDE)
def test_a_time_outside_however_it_is_spelled(reasoning: str, tmp_path: Path) -> None:
    assert outcomes(say(right_case(tmp_path), reasoning)) == {"times": "time_outside"}


def test_a_number_of_four_hundred_digits_is_a_time_outside(tmp_path: Path) -> None:
    assert outcomes(say(right_case(tmp_path), f"At {'9' * 400} s it ends.")) == {"times": "time_outside"}


@pytest.mark.parametrize("end_s", ["1e999", "1e300", "9" * 400])
def test_a_time_in_a_call_may_be_as_far_as_it_likes(end_s: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    call = Call("c0", "temporal_zoom", f'{{"end_s":{end_s},"start_s":20.0}}')
    verdict = times.check(turn_changed(case, 2, lambda turn: replace(turn, calls=(call,))))
    detail = "1e+12 s is claimed, but the video lasts 60.0 s"
    assert (verdict.code, verdict.detail, verdict.measure) == ("time_outside", detail, 1e12)


def test_what_the_screen_says_is_no_claim_about_the_video(tmp_path: Path) -> None:
    case = say(right_case(tmp_path), "The oven beeps after 90 seconds, at 09:30.")
    assert outcomes(case) == {"times": "time_outside"}
    lines = tuple(replace(case.timeline.lines[0], text=text) for text in ("Wait 90 seconds", "Since 09:30"))
    assert outcomes(replace(case, timeline=replace(case.timeline, lines=lines))) == {}


def test_words_that_tools_put_around_speech_are_not_spoken(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    pieces = (case.trajectory.question.evidence[0], Evidence(Span(30.0, 33.0), None, "speech", "speech"))
    assert outcomes(with_evidence(case, *pieces)) == {"speech_text": "speech_not_told"}


RECOVERED: dict[str, tuple[Turn, ...]] = {
    "a window beyond the end": (
        Turn("assistant", "", "Hm.", (Call("x", "temporal_zoom", '{"end_s":99,"start_s":90}'),)),
    ),
    "the same bad call twice": (Turn("assistant", "", "Hm.", (Call("x", "nothing", "{}"),)),) * 2,
    "talk of captions": (Turn("assistant", "", "The caption says so.", (Call("x", "nothing", "{}"),)),),
    "arguments that are no JSON": (Turn("assistant", "", "Hm.", (Call("x", "overview", "[[["),)),),
}


@pytest.mark.parametrize("name", RECOVERED)
def test_a_mistake_that_is_not_trained_does_not_count(name: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    told = Turn("tool", call_id="x", read_text="Bad.", look_text="Bad.", error=True)
    slips = tuple(turn for slip in RECOVERED[name] for turn in (slip, told))
    turns = (*case.trajectory.turns[:2], *slips, *case.trajectory.turns[2:])
    assert outcomes(changed(case, turns=turns)) == {}


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [({"start_s": "start_time", "end_s": "end_time"}, "accept"), ({"start_s": "end_s"}, "filter")],
)
def test_a_call_under_the_names_of_the_model_is_still_the_same_call(
    tmp_path: Path, arguments: dict[str, str], outcome: str
) -> None:
    dialect = Dialect(tools={"temporal_zoom": NativeTool(name="crop_video", arguments=arguments)})
    verdict = trainable.check(replace(right_case(tmp_path), dialect=dialect))
    assert verdict.outcome == outcome
    assert verdict.detail.startswith("under the model's names a call is another") == (outcome == "filter")


@pytest.mark.parametrize("clock", ["hms", "ms"])
def test_calls_on_a_clock_are_those_of_the_record(clock: Clock, tmp_path: Path) -> None:
    arguments = {"start_s": "start_time", "end_s": "end_time"}
    dialect = Dialect(clock=clock, tools={"temporal_zoom": NativeTool(name="crop_video", arguments=arguments)})
    assert trainable.check(replace(right_case(tmp_path), dialect=dialect)).outcome == "accept"
