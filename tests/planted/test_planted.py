"""What is planted, what is drawn of it, and, taking minutes, that nothing wrong about it is accepted."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from samples.make_samples import clock
from schemas.span import Span
from schemas.trajectory import Trajectory
from tests.planted.judge import judge
from tests.planted.script import LONG, film, parts
from tests.planted.sources import planted
from tests.planted.speech import sentences
from tests.planted.table import flaws, tabulate, trajectories
from tests.planted.video import draw, lines
from tests.strip import read_strip
from tests.truth import Shown, Truth
from tests.verify.cases import SIGN, right_case
from transforms.text import same_text

TWICE = {"MIND THE STEP", "TICKET COUNTER", "NEXT STOP HARLOW"}
TWINS = (
    ("GATE 14", "GATE 41"),
    ("Open 21 hours a day", "Open 12 hours a day"),
    ("PLATFORM 36 IS CLOSED", "PLATFORM 63 IS CLOSED"),
    ("BUS 308 LEAVES 06:45", "BUS 380 LEAVES 06:54"),
    ("Tower height 127 m", "Tower height 172 m"),
    ("Built in 1897", "Built in 1879"),
    ("ROOM 5016", "ROOM 5061"),
    ("CALL 555 0142", "CALL 555 0124"),
    ("Depth 36 metres", "Depth 63 metres"),
    ("LOCKER 8.15", "LOCKER 5.18"),
    ("SAVE 15 PERCENT", "SAVE 51 PERCENT"),
    ("Population 48,210", "Population 42,810"),
)


def test_it_lasts_ten_minutes() -> None:
    times = clock(film())
    assert (times.frames, times.at(times.frames)) == (6000, 600.0)


def test_there_are_many_cards_that_stay_for_long_or_short() -> None:
    cards = [*LONG, *(card for _, scene in parts() for card in scene.cards if len(card.lines) > 1)]
    assert len(cards) >= 40
    assert {2, 5, 20, 120} <= {card.end_s - card.start_s for card in cards}
    assert {fade for fade, _ in parts()} == {"cut", "dissolve", "black"}
    dark = [scene for _, scene in parts() if scene.backdrop.at(0.0).getextrema() == ((0, 0),) * 3]
    assert [(scene.length_s, scene.cards, scene.shapes) for scene in dark] == [(5, (), ())]


def test_texts_stand_once_but_for_those_that_are_ambiguous_on_purpose() -> None:
    count = Counter(one.text for one in lines(600.0))
    assert {text for text, n in count.items() if n > 1} == TWICE
    for a, b in TWINS:
        assert (count[a], count[b]) == (1, 1)
        assert a != b and sorted(a) == sorted(b) and re.sub(r"\d", "", a) == re.sub(r"\d", "", b)


def test_a_line_that_fades_counts_while_more_than_half_of_it_is_there() -> None:
    span = {one.text: one.span for one in lines(600.0)}
    assert span["BUS 380 LEAVES 06:54"] == Span(115.2, 125.5)
    assert span["Cash and cards accepted"] == Span(125.5, 130.0)
    assert span["FARES TO NORWICK"] == Span(46.0, 65.8)
    assert span["GATE 41"] == Span(66.3, 71.0)


def test_two_sentences_are_said_twice() -> None:
    spoken = sentences(600.0)
    assert sorted(Counter(one.text for one in spoken).values()) == [1] * 37 + [2] * 2
    assert all(a.span.end_s < b.span.start_s for a, b in zip(spoken, spoken[1:], strict=False))


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """The first seconds, drawn, and what is true of them."""
    path = tmp_path_factory.mktemp("drawn") / "beginning.mp4"
    return path, draw(path, 28.0)


def test_what_is_drawn_is_what_the_truth_says(beginning: tuple[Path, Truth]) -> None:
    path, truth = beginning
    assert truth.pts_s == tuple(n / 10 for n in range(280))
    assert truth.lines[-1] == Shown("Wet floor by the fountain", Span(26.5, 28.0))
    with av.open(str(path)) as container:
        pictures = {round(frame.time, 6): frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)}
    assert [read_strip(picture) for picture in pictures.values()] == list(range(280))
    assert tuple(pictures) == truth.pts_s
    # The dissolve: half of the dark scene before it, and less and less.
    grey = [float(pictures[t_s][:40].mean()) for t_s in (25.9, 26.0, 26.5, 27.0)]
    assert grey[0] == pytest.approx(grey[1], abs=2)
    assert grey[2] == pytest.approx((grey[0] + grey[3]) / 2, abs=4)
    assert grey[3] - grey[0] > 50


def test_sentences_are_heard_where_the_truth_says_and_nowhere_else(beginning: tuple[Path, Truth]) -> None:
    path, truth = beginning
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    rate, sound = frames[0].sample_rate, np.concatenate([frame.to_ndarray().ravel() for frame in frames])
    near = np.zeros(len(sound), bool)
    assert len(truth.sentences) == 2
    for one in truth.sentences:
        first, end = (round(t_s * rate) for t_s in (one.span.start_s, one.span.end_s))
        near[first - rate // 10 : end + rate // 10] = True
        assert min(np.abs(sound[first : first + rate // 10]).max(), np.abs(sound[end - rate // 10 : end]).max()) > 0.02
    assert np.abs(sound[~near]).max() < 0.01


# ---- the judge

TRUTH = Truth(
    (Shown(SIGN, Span(20.0, 26.0)), Shown("Gate 41 opens", Span(40.0, 46.0))),
    (Shown("The ferry leaves at noon.", Span(30.0, 33.0)),),
    tuple(n / 10 for n in range(600)),
)
AT_TWENTY = "At 22 seconds, which of these lines is shown?"


@pytest.fixture
def right(tmp_path: Path) -> Trajectory:
    """A right trajectory about a sign that is on screen from 20 to 26 s."""
    case = right_case(tmp_path)
    question = replace(case.trajectory.question, text=AT_TWENTY, origin="ask/screen_text")
    return replace(case.trajectory, question=question, answer="B")


def judged(one: Trajectory, truth: Truth = TRUTH, shift: int = 0) -> list[tuple[str, bool]]:
    """What is checked and whether it holds; frames are numbered by their time, which the strip may contradict."""
    numbers = {frame.sha256: round(frame.pts_s * 10) + shift for frame in one.frames}
    return [(check.of, check.holds) for check in judge(one, truth, numbers.get)]


def test_the_judge_finds_nothing_wrong_with_what_is_right(right: Trajectory) -> None:
    assert judged(right) == [("answer", True), ("screen", True), ("speech", True)]


def test_the_judge_sees_pixels_of_another_time(right: Trajectory) -> None:
    assert judged(right, shift=50) == [("answer", True), ("screen", False), ("speech", True)]


def test_the_judge_sees_that_a_card_is_not_there_yet(right: Trajectory) -> None:
    late = replace(TRUTH, lines=(Shown(SIGN, Span(24.0, 26.0)), TRUTH.lines[1]))
    assert ("screen", False) in judged(right, late)


@pytest.mark.parametrize(
    ("card", "holds"),
    [
        (Span(20.4, 21.6), True),
        (Span(20.2, 21.0), True),
        (Span(0.0, 21.6), True),
        (Span(20.4, 21.7), False),
        (Span(19.9, 21.6), False),
    ],
    ids=["both", "with a frame", "there from the start on", "it goes between frames far apart", "it came unseen"],
)
def test_the_judge_sees_whether_a_card_is_seen_to_come_and_go(right: Trajectory, card: Span, holds: bool) -> None:
    """Frames at 20.1, 20.9, 21.6 and 23 s."""
    sign, _ = right.question.evidence
    question = replace(right.question, kind="span", choices=(), answer=Span(20.0, 22.0), evidence=(sign,))
    frames = tuple(
        replace(right.frames[1], pts_s=pts_s, sha256=f"{n:064}") for n, pts_s in enumerate((20.1, 20.9, 21.6, 23.0))
    )
    turns = tuple(replace(turn, frame_refs=(0, 1, 2, 3) if turn.frame_refs else ()) for turn in right.turns)
    one = replace(right, question=replace(question, text=f'When is "{SIGN}" on screen?'), frames=frames, turns=turns)
    assert ("ends", holds) in judged(one, replace(TRUTH, lines=(Shown(SIGN, card),)))


def test_the_judge_sees_a_wrong_answer(right: Trajectory) -> None:
    question = replace(right.question, answer="Gate 41 opens")
    assert judged(replace(right, question=question))[0] == ("answer", False)


def test_the_judge_sees_what_was_not_told_or_not_said(right: Trajectory) -> None:
    silent = replace(right, turns=tuple(replace(turn, look_text="") for turn in right.turns))
    assert judged(silent)[2] == ("speech", False)
    later = replace(TRUTH, sentences=(Shown("The ferry leaves at noon.", Span(50.0, 53.0)),))
    assert judged(right, later)[2] == ("speech", False)


# ---- all of it


@pytest.mark.heavy
def test_all_that_is_accepted_is_right_and_readable(tmp_path: Path) -> None:
    source = planted(tmp_path)
    table = tabulate(source)
    assert flaws([table]) == []
    assert sum(row.asked for row in table.rows) == 60
    assert sum(row.answered for row in table.rows) >= 40
    assert {row.template for row in table.rows if row.accepted} == {
        "screen_text", "speech", "order", "count", "when", "two_hop"
    }  # fmt: skip
    asked = {one.question for one in trajectories(source)}
    about = {text for one in asked for text in (*one.choices, *(piece.text for piece in one.evidence))}
    said_twice = {text for text, n in Counter(one.text for one in sentences(600.0)).items() if n > 1}
    unfit = {*TWICE, *said_twice, "Zebra crossing", *(one.text for one in lines(600.0) if "FLOOR" in one.text)}
    assert [text for text in about if any(same_text(text, other) for other in unfit)] == []
