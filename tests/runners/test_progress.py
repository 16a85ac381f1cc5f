"""What is shown of the counters, in a terminal and elsewhere."""

import io
import sys
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from rich.console import Console
from rich.live import Live

from runners import progress as display
from runners.progress import line, paid, shown, speed, table
from transforms import progress
from transforms.engines.prices import Rates
from transforms.engines.purse import PURSE
from transforms.progress import STAGES, Stage


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    progress.reset()
    yield
    progress.reset()


def work() -> None:
    """Three videos come in, one is turned away, two are perceived; one of their parts is done."""
    progress.expect("read", 3)
    progress.advance("read", 2)
    progress.advance("read", rejected=1)
    progress.expect("perceive", 2)
    progress.advance("perceive", video_s=30.0)
    progress.advance("perceive", 5, part="ocr")
    progress.advance("perceive", part="speech")


def test_counters_add_up() -> None:
    work()
    stages = progress.snapshot()
    assert list(stages) == list(STAGES)
    assert (stages["read"].total, stages["read"].done, stages["read"].rejected) == (3, 3, 1)
    perceive = stages["perceive"]
    assert (perceive.total, perceive.done, perceive.video_s) == (2, 1, 30.0)
    assert perceive.parts == Counter(ocr=5, speech=1)
    assert stages["write"] == Stage()


def test_a_snapshot_does_not_change_afterwards() -> None:
    progress.advance("read", part="a")
    before = progress.snapshot()
    progress.advance("read", part="a")
    assert before["read"].parts == Counter(a=1)


def test_another_round_counts_anew_but_for_the_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    work()
    before = progress.snapshot()["perceive"].busy_s
    assert before > 0
    progress.again("round 2: 3 of 9 rows so far")
    assert progress.note() == "round 2: 3 of 9 rows so far"
    assert progress.snapshot()["perceive"] == Stage(earlier_s=before)
    work()
    assert progress.snapshot()["perceive"].busy_s == 2 * before
    progress.reset()
    assert (progress.note(), progress.snapshot()["perceive"]) == ("", Stage())


def test_a_round_is_told_above_its_stages() -> None:
    progress.again("round 1")
    work()
    console = Console(file=io.StringIO(), width=120)
    console.print(table(progress.snapshot(), time.monotonic(), progress.note()))
    rows = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert (rows[0], rows[1].split()[0]) == ("round 1", "read")
    stream = io.StringIO()
    with shown(stream):
        pass
    assert [row.split()[0] for row in stream.getvalue().splitlines()] == ["round", "read", "perceive"]


def test_speed_counts_until_now_and_stops_with_the_stage() -> None:
    running = Stage(total=2, done=1, video_s=60.0, began=100.0, ended=110.0)
    finished = Stage(total=2, done=2, video_s=60.0, began=100.0, ended=110.0)
    assert (speed(running, 120.0), speed(finished, 120.0)) == (3.0, 6.0)


def test_a_line_says_only_what_there_is() -> None:
    assert line("ask", Stage(done=7), 0.0) == "ask       7"
    full = Stage(4, 2, 1, 60.0, 100.0, 110.0, Counter(speech=3, ocr=9))
    assert line("perceive", full, 120.0) == "perceive  2/4  1 rejected  3.0 video s/s  ocr 9, speech 3"


def test_the_table_has_a_row_per_stage_that_began() -> None:
    work()
    console = Console(file=io.StringIO(), width=120)
    console.print(table(progress.snapshot(), time.monotonic()))
    rows = [row.split() for row in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]
    assert [row[0] for row in rows] == ["read", "perceive"]
    assert rows[0][2:] == ["3/3", "1", "rejected"]
    assert rows[1][2] == "1/2"
    assert rows[1][-5:] == ["s/s", "ocr", "5,", "speech", "1"]


def test_lines_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with shown(stream):
        work()
    assert stream.getvalue().splitlines()[0] == "read      3/3  1 rejected"
    assert stream.getvalue().splitlines()[1].startswith("perceive  1/2  ")
    assert len(stream.getvalue().splitlines()) == 2


def test_lines_come_when_stages_begin_and_do_not_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "LOOK_S", 0.01)
    stream = io.StringIO()
    with shown(stream):
        progress.expect("read", 100)
        for _ in range(100):
            progress.advance("read")
            time.sleep(0.002)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[-1] == "read      100/100"


def test_a_build_that_fails_still_shows_where_it_was() -> None:
    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError), shown(stream):
        work()
        raise ZeroDivisionError
    assert "perceive  1/2" in stream.getvalue()


def test_a_terminal_gets_a_table_and_its_cursor_back() -> None:
    stream = Terminal()
    with shown(stream):
        work()
    drawn = stream.getvalue()
    assert "perceive" in drawn
    assert drawn.index("\x1b[?25l") < drawn.rindex("\x1b[?25h")


def test_the_cursor_comes_back_after_an_interruption() -> None:
    stream = Terminal()
    with pytest.raises(KeyboardInterrupt), shown(stream):
        raise KeyboardInterrupt
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with shown(stream):
        work()
    assert stream.getvalue().splitlines()[0] == "read      3/3  1 rejected"


def test_a_stream_that_breaks_does_not_break_the_build() -> None:
    stream = io.StringIO()
    done = []
    with shown(stream):
        stream.close()
        work()
        done.append(True)
    assert done == [True]


def test_a_display_that_cannot_start_gives_way_to_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Live, refresh: bool = False) -> None:
        raise OSError("what terminal?")

    monkeypatch.setattr(Live, "start", broken)
    stream = Terminal()
    with shown(stream):
        work()
    assert "read      3/3  1 rejected\n" in stream.getvalue()


def test_standard_error_is_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    with shown():
        work()
        print("a result", file=sys.stdout)
    told = capsys.readouterr()
    assert told.out == "a result\n"
    assert told.err.startswith("read      3/3")


def test_what_models_do_is_told_beside_their_stage() -> None:
    progress.expect("explore", 2)
    spent = PURSE.of("big[model]", "explore")
    spent.flying, spent.calls, spent.usd, spent.rates = 3, 1200, 0.25, Rates(1.0, 2.0, 1.0, "here")
    PURSE.of("small", "perceive").calls = 2
    assert paid() == {
        "explore": "big[model]: 3 in flight, 1200 answered, $0.2500",
        "perceive": "small: 0 in flight, 2 answered, unknown price",
    }
    assert line("explore", Stage(2, 1), 0.0, paid()["explore"]).endswith("1/2  " + paid()["explore"])
    console = Console(file=io.StringIO(), width=120)
    console.print(table(progress.snapshot(), time.monotonic(), paid=paid()))
    assert "big[model]: 3 in flight, 1200 answered, $0.2500" in console.file.getvalue()  # type: ignore[attr-defined]
