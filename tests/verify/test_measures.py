"""What single verifiers measure, and where their thresholds lie."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from schemas.chat import Call
from schemas.codec import canonical
from schemas.source import Evidence
from schemas.span import Span
from schemas.timeline import TextLine
from schemas.trajectory import Turn, Verdict
from tests.verify.cases import SIGN, changed, decoded, right_case, turn_changed
from transforms.engines.ocr import OcrLine
from transforms.media.picture import decode_jpeg, encode_jpeg
from transforms.store import Store
from transforms.verify import (
    error_text,
    evidence,
    focus,
    foresight,
    last_window,
    length,
    pictures,
    said_times,
    screen_text,
    thoughts,
    windows,
)
from transforms.verify.case import Case, accept, filtered
from transforms.verify.thoughts import repeated


def told(verdict: Verdict) -> tuple[str, float | None]:
    return verdict.code, verdict.measure


def thresholds(case: Case, **values: object) -> Case:
    return replace(case, settings=case.settings.model_copy(update=values))


def zoomed(case: Case, *spans: tuple[float, float]) -> Case:
    """The case with windows of its own, each of which shows a frame and tells nothing."""
    turns = list(case.trajectory.turns[:2])
    for n, (start_s, end_s) in enumerate(spans):
        call = Call(f"z{n}", "temporal_zoom", canonical({"start_s": start_s, "end_s": end_s}))
        turns += [
            Turn("assistant", "", "I look.", (call,)),
            Turn("tool", call_id=f"z{n}", look_text="1 frame", spans=(Span(start_s, end_s),), frame_refs=(1,)),
        ]
    return changed(case, turns=(*turns, case.trajectory.turns[-1]))


def about(case: Case, *spans: tuple[float, float]) -> Case:
    evidence = tuple(Evidence(Span(*span), None, "screen") for span in spans)
    return changed(case, question=replace(case.trajectory.question, evidence=evidence))


def last_says(case: Case, reasoning: str) -> Case:
    return turn_changed(case, -1, lambda turn: replace(turn, reasoning=reasoning))


@pytest.mark.parametrize(
    ("spans", "evidence", "expected"),
    [
        ([(10.0, 20.0)], [(10.0, 20.0)], ("", 1.0)),
        ([(10.0, 20.0)], [(12.0, 17.0)], ("", 0.5)),
        ([(0.0, 10.0), (10.0, 20.0)], [(12.0, 17.0)], ("", 0.5)),
        ([(10.0, 20.0), (0.0, 10.0)], [(12.0, 17.0)], ("last_window_elsewhere", 0.0)),
        ([(10.0, 20.0)], [(0.0, 1.0), (10.0, 20.0)], ("", 1.0)),
        ([(10.0, 20.0)], [(10.0, 14.0), (16.0, 20.0)], ("", 0.8)),
        ([(30.0, 31.0)], [(0.0, 60.0)], ("", 0.0167)),
        ([(10.0, 20.0)], [(19.8, 30.0)], ("last_window_elsewhere", 0.01)),
    ],
    ids=[
        "the same",
        "half",
        "a wrong one first",
        "a wrong one last",
        "the nearest piece",
        "all pieces together",
        "inside a long one",
        "hardly touching",
    ],
)
def test_the_last_window(
    spans: list[tuple[float, float]],
    evidence: list[tuple[float, float]],
    expected: tuple[str, float],
    tmp_path: Path,
) -> None:
    assert told(last_window.check(about(zoomed(right_case(tmp_path), *spans), *evidence))) == expected


def test_the_last_window_of_a_count_may_be_at_what_does_not_count(tmp_path: Path) -> None:
    case = about(zoomed(right_case(tmp_path), (10.0, 20.0), (0.0, 10.0)), (12.0, 17.0))
    counted = changed(case, question=replace(case.trajectory.question, kind="count"))
    assert told(last_window.check(case)) == ("last_window_elsewhere", 0.0)
    assert told(last_window.check(counted)) == ("", 0.0)


def test_a_last_window_without_windows_or_evidence(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    assert last_window.check(about(case)).reason == "the question came without evidence"
    assert last_window.check(zoomed(case)).reason == "no window is opened"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(10.0, 11.0)], ("", 0.0)),
        ([(10.0, 10.9)], ("window_too_short", 0.0)),
        ([(10.0, 40.0)], ("", 0.0)),
        ([(10.0, 41.0)], ("window_too_long", 31.0)),
        ([(10.0, 20.0), (11.0, 20.0)], ("repeated_window", 0.9)),
        ([(10.0, 20.0), (13.0, 20.0)], ("", 0.7)),
        ([(10.0, 20.0), (20.0, 30.0)], ("", 0.0)),
    ],
)
def test_windows(spans: list[tuple[float, float]], expected: tuple[str, float], tmp_path: Path) -> None:
    assert told(windows.check(zoomed(right_case(tmp_path), *spans))) == expected


@pytest.mark.parametrize(
    ("paths", "code"),
    [(("2",), ""), (("2", "2,1"), ""), ((), "called_too_early"), (("2,1",), "called_too_early")],
)
def test_a_part_is_looked_at_after_its_caption(paths: tuple[str, ...], code: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    asked = [("get_caption", {"path": path}) for path in paths]
    asked += [("inspect_node", {"path": "2", "question": "Which gate?"})]
    turns = list(case.trajectory.turns[:2])
    for n, (name, given) in enumerate(asked):
        turns.append(Turn("assistant", "", "I look.", (Call(f"p{n}", name, canonical(given)),)))
        turns.append(Turn("tool", call_id=f"p{n}", look_text="It tells.", spans=(Span(15.0, 30.0),)))
    case = replace(case, trajectory=replace(case.trajectory, turns=(*turns, case.trajectory.turns[-1])))
    assert windows.check(case).code == code


def test_windows_of_an_hour_are_held_to_a_minute(tmp_path: Path) -> None:
    case = zoomed(right_case(tmp_path), (10.0, 72.0))
    case = replace(case, timeline=replace(case.timeline, duration_s=3600.0))
    assert told(windows.check(case)) == ("window_too_long", 62.0)


def test_what_is_heard_may_be_of_the_same_window_as_what_is_seen(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    heard = replace(case.trajectory.turns[4].calls[0], arguments_json='{"end_s":24.0,"start_s":20.5}')
    assert windows.check(turn_changed(case, 4, lambda turn: replace(turn, calls=(heard,)))).code == ""


def test_focus_is_measured_and_held_where_an_entry_asks(tmp_path: Path) -> None:
    case = about(zoomed(right_case(tmp_path), (10.0, 20.0), (15.0, 30.0)), (10.0, 15.0))
    verdict = focus.check(case)
    assert (told(verdict), verdict.detail) == (("", 0.4), "precision 0.25, recall 1.00")
    assert told(focus.check(thresholds(case, evidence_f1=0.41))) == ("unfocused", 0.4)
    assert told(focus.check(about(case, (40.0, 50.0)))) == ("", 0.0)


KNOWN_TIMES = (
    "From 20.0 s to 24.0 s it is shown.",
    "I look at 29-34 s next.",
    "At 5 seconds the overview shows a hall.",
    "It stays for 47 seconds, and comes back 12 s later.",
    "At 0:21 it is there.",
    "The video ends at 60 s.",
    'The voice says "meet me at 44 s".',
)


@pytest.mark.parametrize("said", KNOWN_TIMES)
def test_times_that_are_known(said: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    speech = replace(case.timeline.speech[0], id="speech-1", text="Meet me at 44 s.")
    case = replace(case, timeline=replace(case.timeline, speech=(*case.timeline.speech, speech)))
    assert said_times.check(last_says(case, said)).code == ""


@pytest.mark.parametrize("said", ["At 44 s a man waves.", "From 44 to 47 s a man waves.", "At 0:44 a man waves."])
def test_times_from_nowhere(said: str, tmp_path: Path) -> None:
    assert told(said_times.check(last_says(right_case(tmp_path), said))) == ("time_not_looked_at", 44.0)


def test_a_time_is_only_known_once_it_was_looked_at(tmp_path: Path) -> None:
    early = turn_changed(right_case(tmp_path), 2, lambda turn: replace(turn, reasoning="At 31 s the ferry is named."))
    assert told(said_times.check(early)) == ("time_not_looked_at", 31.0)


def test_a_span_that_answers_lies_where_was_looked(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    asked = replace(case.trajectory.question, kind="span", choices=(), answer=Span(20.0, 24.0))
    assert said_times.check(changed(case, question=asked, answer="20.0-24.0")).code == ""
    assert told(said_times.check(changed(case, question=asked, answer="20.0-44.0"))) == ("time_not_looked_at", 44.0)


def unread(case: Case) -> Case:
    """The case with a text that is on screen when nobody looks."""
    line = TextLine("l9", Span(50.0, 55.0), "Platform 9 closed", (0.1, 0.1, 0.5, 0.2), 0.9, True, "test")
    return replace(case, timeline=replace(case.timeline, lines=(*case.timeline.lines, line)))


FORESEEN: dict[str, tuple[Callable[[Case], Case], str]] = {
    "a text that is never shown": (lambda case: last_says(unread(case), "Platform 9 closed."), "told_before_seen"),
    "a text that is shown later": (
        lambda case: turn_changed(
            changed(case, question=replace(case.trajectory.question, choices=(), kind="open", answer=SIGN)),
            2,
            lambda turn: replace(turn, reasoning=f"The sign will say {SIGN}."),
        ),
        "told_before_seen",
    ),
    "speech that is told later": (
        lambda case: turn_changed(
            replace(
                case,
                timeline=replace(
                    case.timeline,
                    speech=(replace(case.timeline.speech[0], text="The last ferry of the day leaves at noon."),),
                ),
            ),
            2,
            lambda turn: replace(turn, reasoning="The last ferry of the day leaves."),
        ),
        "told_before_seen",
    ),
    "a text that the question names": (
        lambda case: turn_changed(case, 2, lambda turn: replace(turn, reasoning=f"Is it {SIGN}?")),
        "",
    ),
    "a text after it was shown": (lambda case: last_says(case, f"It says {SIGN}."), ""),
    "a short word of a sign": (lambda case: last_says(unread(case), "It may be closed."), ""),
}


@pytest.mark.parametrize("name", FORESEEN)
def test_foresight(name: str, tmp_path: Path) -> None:
    plant, code = FORESEEN[name]
    assert foresight.check(plant(right_case(tmp_path))).code == code


@pytest.mark.parametrize(
    ("said", "shown", "code"),
    [
        ('It must be where "Weekends only" is shown.', False, "told_before_seen"),
        ("It must be where “weekends only” is shown.", False, "told_before_seen"),
        ('It must be where "Weekends only" is shown.', True, ""),
        ("It may be for weekends only.", False, ""),
        ('It may be for "weekends".', False, ""),
        ('It may be "for weekends only".', False, ""),
    ],
)
def test_two_words_of_a_sign_are_told_where_they_are_quoted(said: str, shown: bool, code: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    line = replace(case.timeline.lines[0], text="Weekends only")
    line = line if shown else replace(line, span=Span(50.0, 55.0))
    case = replace(case, timeline=replace(case.timeline, lines=(line,)))
    assert foresight.check(last_says(case, said)).code == code


UNHEARD = "We teach free courses, and using GIS software and data, or commercial uses of your work and more of it."
LISTED = ("Free software", "Using GIS software and data", "Commercial uses of your work")


@pytest.mark.parametrize(
    ("lines", "said", "run"),
    [
        (LISTED, '"Free software" and "Using GIS software and data".', ""),
        (LISTED, '"Free software" or "Commercial uses of your work".', ""),
        (LISTED, '"Commercial uses of your work" and "Free software".', ""),
        (LISTED, '"Free software" or "Commercial uses of your work" and so on.', ""),
        (LISTED[:1], '"Free software" and "Using GIS software and data".', "and using gis software and data"),
        (LISTED[:1], '"Free software" or "Commercial uses of your work".', "or commercial uses of your work"),
        (LISTED[:1], '"Commercial uses of your work" and "Free software".', "commercial uses of your work and"),
        (LISTED[:2], '"Using GIS software and data" or "Commercial uses".', "gis software and data or commercial"),
        (LISTED, "Commercial uses of your work and more.", "uses of your work and more"),
    ],
)
def test_what_joins_two_texts_is_of_neither(lines: tuple[str, ...], said: str, run: str, tmp_path: Path) -> None:
    """A voice says the same, `and` and all, where nobody listens."""
    case = right_case(tmp_path)
    unheard = replace(case.timeline.speech[0], id="speech-1", text=UNHEARD, span=Span(50.0, 58.0))
    shown = tuple(replace(case.timeline.lines[0], id=f"line-{n}", text=text) for n, text in enumerate(lines))
    timeline = replace(case.timeline, lines=shown, speech=(*case.timeline.speech, unheard))
    verdict = foresight.check(last_says(replace(case, timeline=timeline), said))
    detail = f"{run!r} is told before anything showed it or said it"
    assert verdict == (filtered("foresight", "told_before_seen", detail, 1.0) if run else accept("foresight", 0.0))


@pytest.mark.parametrize("quoted", ['"{}"', '"no, "{}" he says"', '"{}', "{}"])
@pytest.mark.parametrize(
    "spoken",
    [
        "The last ferry of the day leaves at noon.",
        "-5 degrees outside early this morning",
        '\'Tis the "last" ferry of the day, 1,000.5',
        "\u22125 degrees outside early this morning",
        "\u0301and \ufb01ve degrees outside this morning",
        "",
    ],
)
def test_speech_is_told_by_its_words_whether_or_not_it_is_known_which_it_is(
    spoken: str, quoted: str, tmp_path: Path
) -> None:
    case = right_case(tmp_path)
    speech = replace(case.timeline.speech[0], text=spoken)
    case = replace(case, timeline=replace(case.timeline, speech=(speech,)))
    case = last_says(case, f"I hear {spoken} and more.")
    by_id = turn_changed(case, 5, lambda turn: replace(turn, look_text=quoted.format(spoken), item_ids=(speech.id,)))
    by_words = turn_changed(by_id, 5, lambda turn: replace(turn, item_ids=()))
    assert foresight.check(by_id) == foresight.check(by_words)


def test_speech_that_a_look_does_not_quote_is_not_told_by_its_id(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    speech = replace(case.timeline.speech[0], text="The last ferry of the day leaves at noon.")
    case = replace(case, timeline=replace(case.timeline, speech=(speech,)))
    case = last_says(case, "The last ferry of the day leaves.")
    assert told(foresight.check(case)) == ("told_before_seen", 1.0)
    case = turn_changed(case, 5, lambda turn: replace(turn, look_text=f'"{speech.text}"'))
    assert told(foresight.check(case)) == ("", 0.0)


def test_thoughts_are_long_enough(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    length_now = sum(map(len, case.thoughts))
    assert thoughts.check(thresholds(case, think_chars=length_now - 1)).code == ""
    assert told(thoughts.check(thresholds(case, think_chars=length_now))) == ("thin_thoughts", float(length_now))


def test_thoughts_are_not_said_again(tmp_path: Path) -> None:
    same = "I should look for the sign at the gate."
    assert repeated((same, same, "Now I know what it says.")) == (1 / 3, same)
    assert repeated(("Look closer.", "Look closer.")) == (0.0, "")
    case = right_case(tmp_path)
    for index in (2, 4):
        case = turn_changed(case, index, lambda turn: replace(turn, reasoning=same))
    assert told(thoughts.check(case)) == ("repeated_thoughts", 0.3333)
    assert thoughts.check(thresholds(case, repeated_thoughts=0.34)).code == ""


def test_length_in_tokens_and_frames(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    tokens = length.length_of(case)
    # Three pictures of 320 x 180.
    assert tokens > 3 * 320 * 180 / 784
    assert told(length.check(thresholds(case, max_tokens=tokens))) == ("", float(tokens))
    assert told(length.check(thresholds(case, max_tokens=tokens - 1))) == ("too_long", float(tokens))
    assert told(length.check(thresholds(case, max_frames=2))) == ("too_many_frames", 3.0)


ERRORS = (
    "HTTP error 429: Too Many Requests",
    "Error code: 500 - Internal Server Error",
    "openai.RateLimitError: quota exceeded",
    "Traceback (most recent call last):",
    "[ERROR] no caption",
    "Rate limit reached for requests",
    "502 Bad Gateway",
    "<!DOCTYPE html><html>",
    "CUDA out of memory",
)


@pytest.mark.parametrize("text", ERRORS)
def test_text_of_failed_requests(text: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    read = turn_changed(case, 3, lambda turn: replace(turn, read_text=f"[20.0-24.0] seen: {text}"))
    assert error_text.check(read).code == "error_text"
    assert error_text.check(last_says(case, text)).code == "error_text"
    line = replace(case.timeline.lines[0], text=text)
    shown = replace(case, timeline=replace(case.timeline, lines=(line,)))
    assert error_text.check(last_says(shown, text)).code == ""


@pytest.mark.parametrize(
    "text", ["The error of 500 m was small.", "Room 404 is open.", "Many requests came at a high rate."]
)
def test_text_that_only_sounds_like_it(text: str, tmp_path: Path) -> None:
    assert error_text.check(last_says(right_case(tmp_path), text)).code == ""


def test_pictures_are_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []

    def counted(data: bytes) -> np.ndarray:
        opened.append(data)
        return decode_jpeg(data)

    monkeypatch.setattr(pictures, "decode_jpeg", counted)
    case = right_case(tmp_path)
    assert pictures.check(case).code == ""
    assert pictures.check(case).code == ""
    # Two of the three frames are the same picture.
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("drawn", "code"),
    [("", "frame_black"), ("Made with care", ""), ("17", ""), ("·", "frame_black")],
    ids=["nothing", "a title", "a number", "a speck"],
)
def test_a_title_on_black_is_not_black(drawn: str, code: str, tmp_path: Path) -> None:
    case = right_case(tmp_path)
    image = Image.new("RGB", (1280, 720), "black")
    ImageDraw.Draw(image).text((500, 340), drawn, fill="white", font=ImageFont.load_default(size=28))
    assert np.mean(np.asarray(image) <= 25) > 0.98
    blob = case.store.put_blob(encode_jpeg(np.asarray(image)))
    frames = [replace(frame, sha256=blob, width=1280, height=720) for frame in case.trajectory.frames]
    store = Store(tmp_path / "other")
    store.put_blob(case.store.blob(blob))
    for frame in frames:
        decoded(store, frame)
    assert pictures.check(replace(changed(case, frames=tuple(frames)), store=store)).code == code


class Blank:
    """OCR that reads nothing in any picture."""

    name = "blank"
    identity = {"engine": "blank"}

    def read(self, rgb: np.ndarray) -> tuple[OcrLine, ...]:
        return ()


def inspected(tmp_path: Path, text: str, window: tuple[float, float] = (20.0, 24.0)) -> Case:
    """The right case, but that somebody looked for the sign, and told."""
    case = right_case(tmp_path)
    arguments = f'{{"end_s":{window[1]},"question":"Which gate?","start_s":{window[0]}}}'
    case = turn_changed(case, 2, lambda turn: replace(turn, calls=(Call("c0", "inspect", arguments),)))
    told = Turn("tool", call_id="c0", read_text=text, look_text=text, spans=(Span(*window),))
    case = turn_changed(case, 3, lambda turn: told)
    return changed(case, frames=case.trajectory.frames[:1])


def test_who_looked_and_told_it_has_seen_the_evidence(tmp_path: Path) -> None:
    case = inspected(tmp_path, f'From 20.0 s to 24.0 s:\nAnswer: "{SIGN}"')
    assert evidence.check(case) == accept("evidence", 0.6667)
    assert screen_text.check(replace(case, ocr=Blank())) == accept("screen_text", 1.0)
    assert focus.check(case).measure == 0.7778


def test_what_was_told_of_another_window_is_no_evidence(tmp_path: Path) -> None:
    case = inspected(tmp_path, f'Answer: "{SIGN}"', (40.0, 44.0))
    assert evidence.check(case).code == "evidence_not_seen"
    assert screen_text.check(replace(case, ocr=Blank())).code == "text_not_readable"


def test_who_looked_and_is_not_sure_has_seen_no_evidence(tmp_path: Path) -> None:
    case = inspected(tmp_path, f'From 20.0 s to 24.0 s:\nSearch more: a sign\nEvidence: maybe "{SIGN}"')
    assert evidence.check(case).code == "evidence_not_seen"


def test_who_looks_at_half_the_video_has_looked_nowhere(tmp_path: Path) -> None:
    case = inspected(tmp_path, f'Answer: "{SIGN}"', (2.0, 50.0))
    assert (windows.check(case).code, windows.check(case).measure) == ("window_too_long", 48.0)
    assert windows.check(inspected(tmp_path, f'Answer: "{SIGN}"')) == accept("windows", reason="no window is opened")


def test_where_nobody_looked_the_words_that_were_told_are_all_there_is(tmp_path: Path) -> None:
    """Without a model, inspect tells what is written and said there: a voice shows no sign."""
    case = inspected(tmp_path, 'From 20.0 s to 24.0 s:\n[20.0-24.0] said: "The ferry leaves."')
    ids = {
        kind: tuple(item.id for item in items if item.span.overlap_s(Span(20.0, 24.0)) > 0)
        for kind, items in (("line", case.timeline.lines), ("speech", case.timeline.speech))
    }
    assert ids["line"]
    for told, measure in ((ids["line"], 0.6667), (("speech-0",), 0.0)):
        of = turn_changed(case, 3, lambda turn, told=told: replace(turn, item_ids=told))  # type: ignore[misc]
        assert evidence.check(of).measure == measure


def test_a_text_that_reads_like_a_doubt_is_none(tmp_path: Path) -> None:
    line = '[20.0-24.0] text on screen: "Search more: here"'
    case = inspected(tmp_path, f"From 20.0 s to 24.0 s:\n{line}\nSearch more: quoted")
    assert evidence.check(case) == accept("evidence", 0.6667)


def test_who_looked_and_did_not_tell_it_shows_no_text(tmp_path: Path) -> None:
    case = inspected(tmp_path, "Search more: a sign")
    assert screen_text.check(replace(case, ocr=Blank())).code == "text_not_readable"
