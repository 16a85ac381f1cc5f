"""Subtitle files as they are found: two formats, many accents."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import InputError
from schemas.settings import Perceive
from schemas.source import Video
from schemas.span import Span
from schemas.timeline import Word
from tests.media.clips import track, write
from transforms.perceive.cue_text import plain_text, spoken, timed_pieces
from transforms.perceive.perceive import log_losses, look_over
from transforms.perceive.subtitles import Subtitles, decode, left_out, read_subtitles
from transforms.store import Store

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello there\n\n2\n00:00:03,000 --> 00:00:04,000\nGood bye\n"
TOLD = [(1.0, 2.5, "Hello there"), (3.0, 4.0, "Good bye")]


def _read(text: str, name: str = "talk.srt", duration_s: float = 60.0) -> Subtitles:
    return read_subtitles(text.encode(), name, duration_s)


def _told(subtitles: Subtitles) -> list[tuple[float, float, str]]:
    return [(one.span.start_s, one.span.end_s, one.text) for one in subtitles.speech]


def test_cues_become_sure_speech_in_order() -> None:
    read = _read(SRT)
    assert _told(read) == TOLD
    assert [(one.id, one.score, one.sure, one.engine, one.words) for one in read.speech] == [
        ("s1", 1.0, True, "subtitles", ()),
        ("s2", 1.0, True, "subtitles", ()),
    ]
    assert (read.dropped, read.clamped, read.unreadable) == (0, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        SRT.replace(",", "."),
        SRT.replace("00:00:", "00:"),
        SRT.replace("00:00:", "0:0:"),
        SRT.replace("\n", "\r\n"),
        SRT.replace("\n", "\r"),
        SRT.replace("-->", "->"),
        SRT.replace(" --> ", "-->"),
        SRT.replace("\n\n", "\n"),
        SRT.replace("\n\n", "\n \n\t\n"),
        SRT.replace("1\n", "", 1).replace("2\n00", "00"),
        SRT.replace("1\n", "", 1),
        "\n\n" + SRT + "\n\n\n",
        SRT.replace("2,500", "2,500  X1:40 X2:600 Y1:20 Y2:50"),
        SRT.replace("2,500", "2,5"),
        SRT.replace("Hello there", "{\\an8}<i>Hello</i>\n<font color='red'>there</font>"),
        SRT.replace("Hello there", "Hello\n\nthere"),
        SRT.replace("Good bye\n", "Good&nbsp;bye\u200b"),
        SRT + SRT,
        SRT[SRT.index("2\n00") :] + "\n" + SRT[: SRT.index("2\n00")],
        "WEBVTT\n\n" + SRT,
        "WEBVTT\n\n" + SRT.replace(",", "."),
    ],
    ids=[
        "dots",
        "no-hours",
        "one-digit",
        "crlf",
        "cr",
        "short-arrow",
        "tight-arrow",
        "no-blank-lines",
        "blank-lines-with-spaces",
        "no-numbers",
        "first-number-lost",
        "blank-around",
        "coordinates",
        "short-fraction",
        "markup",
        "blank-line-inside",
        "entity-and-zero-width",
        "twice-the-same",
        "wrong-order",
        "vtt-with-commas",
        "vtt",
    ],
)
def test_the_same_two_cues_in_other_spellings(text: str) -> None:
    assert _told(_read(text)) == TOLD


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"], ids=lambda name: str(name)
)
def test_encodings(encoding: str) -> None:
    data = SRT.replace("Hello there", "Où est “Zoë”?").encode(encoding)
    assert read_subtitles(data, "talk.srt", 60.0).speech[0].text == "Où est “Zoë”?"


def test_bytes_that_windows_has_no_letter_for_are_latin_1() -> None:
    assert decode(b"caf\xe9 \x81") == "caf\xe9 \x81"


def test_vtt_comments_styles_ids_and_settings_are_no_text() -> None:
    text = (
        "WEBVTT - A title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\n\n"
        "NOTE two lines\nof a note\n\nintro\n"
        "00:01.000 --> 00:02.000 align:start position:0%\n<v Ann>Tom &amp; I</v>\n\n"
        "NOTE\nbetween\n\nid-2\n1:00:03.000 --> 1:00:04.000\n<c.loud>5 < 6</c>\n"
    )
    assert _told(_read(text, "talk.vtt", 9999.0)) == [(1.0, 2.0, "Tom & I"), (3603.0, 3604.0, "5 < 6")]


def test_a_vtt_without_its_header_is_read_by_its_name() -> None:
    assert _told(_read("NOTE x\n\na\n00:01.000 --> 00:02.000\nHi\n\nb\n00:02.000 --> 00:03.000\nHo", "a.VTT")) == [
        (1.0, 2.0, "Hi"),
        (2.0, 3.0, "Ho"),
    ]


def test_a_number_that_is_said_stays() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n42\n\n2\n00:00:03,000 --> 00:00:04,000\nWhat?\n"
    assert [told[2] for told in _told(_read(text))] == ["42", "What?"]


def test_overlapping_cues_are_kept_both() -> None:
    text = "1\n00:00:01,000 --> 00:00:04,000\nWho?\n\n2\n00:00:02,000 --> 00:00:03,000\nMe.\n"
    assert _told(_read(text)) == [(1.0, 4.0, "Who?"), (2.0, 3.0, "Me.")]


def test_an_echo_written_by_people_is_kept() -> None:
    cues = ["No.", "No.", "Yes.", "Why?", "Because.", "I see.", "So."]
    text = "\n\n".join(f"00:00:0{at},000 --> 00:00:0{at + 1},000\n{cue}" for at, cue in enumerate(cues, start=1))
    assert [told[2] for told in _told(_read(text))] == cues


def test_broken_cues_are_counted_and_the_others_read() -> None:
    text = SRT + "\n3\n00:00:0x,000 --> 00:00:09,000\nLost\n\n4\n00:00:09,000 --> 00:00:08,000\nBackwards\n\n5\n"
    text += "00:00:70,000 --> 00:01:20,000\nToo many seconds\n"
    read = _read(text)
    assert _told(read) == TOLD
    assert read.unreadable == 3


@pytest.mark.parametrize("digits", [400, 5000])
def test_hours_without_end_are_a_broken_time(digits: int) -> None:
    hours = "1" * digits
    read = _read(f"{SRT}\n3\n{hours}:00:01,000 --> {hours}:00:02,000\nLost\n")
    assert (_told(read), read.unreadable) == (TOLD, 1)


def test_an_arrow_in_the_text_is_text() -> None:
    assert _read(SRT.replace("Good bye", "left --> right")).speech[1].text == "left --> right"


def test_cues_without_text_are_no_speech() -> None:
    assert _read("1\n00:00:01,000 --> 00:00:02,000\n<i> </i>\n").speech == ()


def test_cues_past_the_end_are_clamped_or_dropped() -> None:
    read = _read(SRT, duration_s=1.75)
    assert _told(read) == [(1.0, 1.75, "Hello there")]
    assert (read.dropped, read.clamped) == (1, 1)


ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.310 align:start position:0%
 
hello<00:00:00.400><c> and</c><00:00:00.560><c> welcome</c>

00:00:02.310 --> 00:00:02.320 align:start position:0%
hello and welcome
 

00:00:02.320 --> 00:00:04.000 align:start position:0%
hello and welcome
to<00:00:02.560><c> this</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
to this
 

00:00:04.010 --> 00:00:06.000 align:start position:0%
to this
talk<00:00:04.500><c> talk</c>
"""  # noqa: W291, W293


def test_rolling_captions_say_each_line_once_with_its_word_times() -> None:
    read = _read(ROLLING, "auto.vtt")
    assert _told(read) == [(0.16, 2.31, "hello and welcome"), (2.32, 4.0, "to this"), (4.01, 6.0, "talk talk")]
    assert read.speech[0].words == (
        Word("hello", Span(0.16, 0.4), 1.0),
        Word("and", Span(0.4, 0.56), 1.0),
        Word("welcome", Span(0.56, 2.31), 1.0),
    )


def test_rolling_lines_without_word_times_are_said_once() -> None:
    lines = ["one", "two", "three", "four", "five"]
    cues = [lines[max(0, at - 2) : at + 1] for at in range(5)]
    text = "\n\n".join(f"00:00:0{at}.000 --> 00:00:0{at + 1}.000\n" + "\n".join(cue) for at, cue in enumerate(cues))
    assert _told(_read("WEBVTT\n\n" + text)) == [(float(at), at + 1.0, line) for at, line in enumerate(lines)]


def test_word_times_outside_the_cue_are_held_inside() -> None:
    assert timed_pieces("a<00:00:09.000>b<00:00:02.000> c d", 1.0, 3.0) == [
        ("a", 1.0, 3.0),
        ("b", 3.0, 3.0),
        ("c d", 3.0, 3.0),
    ]


def test_plain_text_keeps_what_is_no_markup() -> None:
    assert plain_text("I <3 {you}, 2 < 3 > 1 <b>&lt;ok&gt;</b>\\Nbye") == "I <3 {you}, 2 < 3 > 1 <ok> bye"


@pytest.mark.parametrize(
    ("cue", "said"),
    [
        ("JOHN: Where is she?", "Where is she?"),
        ("DR. JANE O'NEIL: Here.", "Here."),
        ("MAN 2: Here.", "Here."),
        ("ÉLISE: Là.", "Là."),
        ("JOHN (V.O.): Where is she?", "Where is she?"),
        ("JOHN:\nWhere is she?", "Where is she?"),
        ("JOHN: Where?\nANN-MARIE: Here.", "Where? Here."),
        ("- Where?\n- Here.", "Where? Here."),
        ("– Where?\n— Here.", "Where? Here."),
        (">> Where is she?", "Where is she?"),
        (">>> JOHN: Where is she?", "Where is she?"),
        ("&gt;&gt; JOHN: Where is she?", "Where is she?"),
        ("- [sighs] JOHN: Where is she?", "Where is she?"),
        ("<i>JOHN:</i> Where is <b>she</b>?", "Where is she?"),
        ("{\\an8}<c.yellow>- JOHN: Where?</c>", "Where?"),
        ("[music]", ""),
        ("[dramatic\nmusic] Where?", "Where?"),
        ("Where? [door slams] Here.", "Where? Here."),
        ("(applause)", ""),
        ("(soft applause)\nThank you.", "Thank you."),
        ("Thank you. (laughs)", "Thank you."),
    ],
)
def test_who_speaks_and_what_sounds_is_not_said(cue: str, said: str) -> None:
    assert plain_text(spoken(cue)) == said


@pytest.mark.parametrize(
    "cue",
    [
        "10:30 is when we leave.",
        "At 10:30 we leave.",
        "PM 10:30",
        "3:1 is the ratio.",
        "A 3:1 ratio.",
        "John: where is she?",
        "So this is it: the harbour.",
        "THE THING I WANT TO SAY: go.",
        "HTTP://EXAMPLE.ORG",
        "I said: go.",
        "-5 degrees.",
        "Well-known - and loved.",
        "x > 5 and y >> 3",
        "a[0] and b[12]",
        "what the [ __ ] is",
        "Mary (the sister of my old friend Laura) bakes.",
        "He (John) bakes.",
        "(see page 12)",
        "I <3 you",
    ],
)
def test_what_may_well_be_said_is_kept(cue: str) -> None:
    assert plain_text(spoken(cue)) == plain_text(cue)


@pytest.mark.parametrize("piece", ["- ", ">>", "[a", "[1", "(a ", "(a) ", "<b>", "A ", "A", "JOHN: ", "{\\an8}"])
def test_a_cue_of_hundred_thousand_labels_takes_no_time(piece: str) -> None:
    started = time.perf_counter()
    spoken(piece * 100_000)
    spoken("[" + piece[-1] * 100_000)
    spoken("(" + piece[-1] * 100_000)
    assert time.perf_counter() - started < 5


def test_a_long_line_that_is_nearly_a_timing_takes_no_time() -> None:
    started = time.perf_counter()
    assert _told(_read(f"{SRT}\n1{':' * 100_000}\n")) == [TOLD[0], (3.0, 4.0, f"Good bye 1{':' * 100_000}")]
    assert time.perf_counter() - started < 5


def test_labels_are_left_out_of_cues_and_of_timed_words() -> None:
    cue = "&gt;&gt; JOHN:<00:00:01.500><c> hello</c><00:00:02.000><c> there</c>\n[music]"
    read = _read(f"WEBVTT\n\n00:01.000 --> 00:03.000\n{cue}\n\n00:04.000 --> 00:05.000\n[music]\n", "a.vtt")
    assert _told(read) == [(1.0, 3.0, "hello there")]
    assert [(word.text, word.span) for word in read.speech[0].words] == [
        ("hello", Span(1.5, 2.0)),
        ("there", Span(2.0, 3.0)),
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", 1),
        (b"just prose\nand more", 1),
        (b"\n\n1\n00:00:aa,000 --> 00:00:02,000\nHi", 4),
        (b"1\n00:00:02,000 --> 00:00:01,000\nHi", 2),
        (b"1\nsoon --> later\nHi", 2),
        (b"\x00\x01\x02\xff\xfe" * 40, 1),
    ],
    ids=["empty", "prose", "broken-time", "backwards", "words-for-times", "binary"],
)
def test_a_file_without_one_cue_says_where(data: bytes, line: int) -> None:
    with pytest.raises(InputError) as caught:
        read_subtitles(data, "talk.srt", 60.0)
    assert caught.value.code == "bad_subtitles"
    assert caught.value.detail.startswith(f"talk.srt, line {line}: no cue could be read")


def test_what_is_not_in_the_speech_is_told() -> None:
    assert left_out(_read(SRT)) == left_out(_read(SRT, duration_s=3.5)) == ""
    broken = SRT.replace("00:00:03,000 -->", "00:00:0x,000 -->")
    assert left_out(_read(broken)) == "1 of 2 cues left out (1 with broken times)"
    late = SRT.replace("00:00:03", "01:00:03").replace("00:00:04", "01:00:04")
    assert left_out(_read(broken + late, duration_s=2.0)) == (
        "2 of 3 cues left out (1 with broken times, 1 after the video's end)"
    )


def test_the_log_of_a_build_tells_what_is_not_on_the_timeline(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "a.mp4", track(50))
    (tmp_path / "a.srt").write_text(SRT.replace("00:00:03,000 -->", "00:00:0x,000 -->"))
    video = Video("a", "a.mp4", str(tmp_path / "a.mp4"), "0" * 64, subtitles=str(tmp_path / "a.srt"))
    store = Store(tmp_path / "store")
    scan = replace(look_over(video, Perceive(), store), damaged=3)
    log_losses(video, scan, store)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "a.mp4: 3 packets or frames could not be decoded and were passed over",
        "a.srt: 1 of 2 cues left out (1 with broken times)",
    ]
