import pytest

from schemas.chat import Call
from schemas.settings import Verify
from schemas.span import Span
from transforms.tools.windows import Windows, arguments_of, window_of, windows_of


@pytest.mark.parametrize(
    ("duration_s", "windows"),
    [
        (600.0, Windows(1.0, 60.0, 0.7)),
        (100.0, Windows(1.0, 50.0, 0.7)),
        (30.0, Windows(1.0, 20.0, 0.7)),
        (2.0, Windows(0.5, 20.0, 0.7)),
    ],
)
def test_what_a_video_allows(duration_s: float, windows: Windows) -> None:
    assert windows_of(duration_s, Verify()) == windows


def test_some_window_is_always_allowed() -> None:
    windows = windows_of(100.0, Verify(window_min_s=30.0, window_share=0.1))
    assert windows == Windows(20.0, 20.0, 0.7)
    assert windows.refusal(Span(10.0, 30.0), ()) == ""


def test_settings_are_heeded() -> None:
    chosen = Verify(window_min_s=2.0, window_max_s=40.0, window_share=0.1, window_iou=0.5)
    assert windows_of(1000.0, chosen) == Windows(2.0, 40.0, 0.5)
    assert windows_of(300.0, chosen) == Windows(2.0, 30.0, 0.5)


def test_windows_are_written_with_one_decimal_and_need_not_be_stricter() -> None:
    windows = Windows(1.0, 30.0, 0.7)
    assert windows.refusal(Span(0.0, 30.1), ()) == ""
    assert windows.refusal(Span(0.0, 30.2), ()) != ""
    assert windows.refusal(Span(63.6, 64.6), ()) == ""  # which is a hair less than a second
    assert windows.refusal(Span(63.6, 64.4), ()) != ""
    assert windows.refusal(Span(0.0, 7.0), [Span(0.0, 10.0)]) == ""
    assert windows.refusal(Span(0.0, 7.1), [Span(20.0, 30.0), Span(0.0, 10.0)]).startswith("You looked from 0 to 10 s,")


@pytest.mark.parametrize(
    ("arguments_json", "window"),
    [
        ('{"end_s":6.0,"start_s":2.0}', Span(2.0, 6.0)),
        ('{"end_s":2.0,"start_s":2.0}', Span(2.0, 2.0)),
        ('{"end_s":1.0,"start_s":2.0}', None),
        ('{"start_s":2.0}', None),
        ('{"end_s":true,"start_s":0.0}', None),
        ('{"end_s":1e300,"start_s":0.0}', None),
        ('{"end_s":"6","start_s":"2"}', None),
        ("[1, 2]", None),
        ("no JSON", None),
    ],
)
def test_the_window_of_a_call(arguments_json: str, window: Span | None) -> None:
    assert window_of(Call("c", "caption_zoom", arguments_json)) == window


def test_arguments_that_are_no_object_are_none() -> None:
    assert arguments_of(Call("c", "t", "[1]")) == {} == arguments_of(Call("c", "t", "{"))
    assert arguments_of(Call("c", "t", '{"query":"x"}')) == {"query": "x"}
