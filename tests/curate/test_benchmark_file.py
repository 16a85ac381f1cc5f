"""Question lists of benchmarks in the forms they are published in, and what cannot be one."""

import json
from pathlib import Path

import pytest

from schemas.benchmark import BenchmarkQuestion
from schemas.codec import to_json
from schemas.errors import SettingsError
from transforms.curate.benchmark_file import read_benchmark

ASKED = "What is in the box?"
OTHER = "Who opens it?"


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row) for row in rows)


FORMS: dict[str, tuple[str, str, list[tuple[str, ...]], list[BenchmarkQuestion]]] = {
    "CG-Bench": (
        "b.json",
        json.dumps([{"qid": 1, "video_uid": "u7", "question": ASKED, "choices": ["A cat", "A hat"], "right": "B"}]),
        [("u7",)],
        [BenchmarkQuestion(ASKED, ("A cat", "A hat"))],
    ),
    "LVBench: questions inside a video": (
        "b.jsonl",
        lines({"key": "Cm73ma6Ibcs", "qa": [{"uid": "4", "question": ASKED}, {"uid": "5", "question": OTHER}]}),
        [("Cm73ma6Ibcs",)],
        [BenchmarkQuestion(ASKED), BenchmarkQuestion(OTHER)],
    ),
    "Video-MME: three names of a video": (
        "b.json",
        json.dumps(
            [
                {
                    "video_id": "001",
                    "videoID": "fFjv93ACGo8",
                    "url": "https://www.youtube.com/watch?v=fFjv93ACGo8",
                    "questions": [{"question": ASKED, "options": ["A. A cat.", "B. A hat."]}],
                }
            ]
        ),
        [("001", "fFjv93ACGo8", "https://www.youtube.com/watch?v=fFjv93ACGo8")],
        [BenchmarkQuestion(ASKED, ("A cat.", "A hat."))],
    ),
    "M3-Bench: videos are keys": (
        "b.json",
        json.dumps({"room_06": {"video_path": "data/room_06.mp4", "qa_list": [{"question": ASKED}]}, "room_07": {}}),
        [("room_06", "data/room_06.mp4"), ("room_07",)],
        [BenchmarkQuestion(ASKED)],
    ),
    "ActivityNet: videos are keys, no question": (
        "b.json",
        json.dumps({"v_xHr8X2Wpmno": {"duration": 20.8, "timestamps": [[1, 2]], "sentences": ["pick it"]}}),
        [("v_xHr8X2Wpmno",)],
        [],
    ),
    "a wrapper is no video": (
        "b.json",
        json.dumps({"version": "1", "data": [{"vid": "abc", "query": ASKED}]}),
        [("abc",)],
        [BenchmarkQuestion(ASKED)],
    ),
    "lists by split are no videos": (
        "b.json",
        json.dumps({"train": [{"vid": "abc", "query": ASKED}], "test": [{"vid": "abd", "query": OTHER}]}),
        [("abc",), ("abd",)],
        [BenchmarkQuestion(ASKED), BenchmarkQuestion(OTHER)],
    ),
    "TVQA+: q, and answers one by one": (
        "b.json",
        json.dumps([{"a1": "b", "q": ASKED, "a0": "a", "vid_name": "s01e02", "bbox": {"1": [{"label": "Raj"}]}}]),
        [("s01e02",)],
        [BenchmarkQuestion(ASKED, ("b", "a"))],
    ),
    "NExT-QA: csv": (
        "b.csv",
        f'video,question,a0,a1\n4010069381,{ASKED},a cat,a hat\n4010069381,"Who, if anybody, opens it?",a,b\n',
        [("4010069381",)],
        [BenchmarkQuestion(ASKED, ("a cat", "a hat")), BenchmarkQuestion("Who, if anybody, opens it?", ("a", "b"))],
    ),
    "tsv with a byte order mark": (
        "b.tsv",
        f"\ufeffvideo_id\tquestion\nx9\t{ASKED}\n",
        [("x9",)],
        [BenchmarkQuestion(ASKED)],
    ),
    "numbers as ids": (
        "b.jsonl",
        lines({"video_id": 4882821564, "question": ASKED}),
        [("4882821564",)],
        [BenchmarkQuestion(ASKED)],
    ),
    "our own questions: text beside a video": (
        "b.jsonl",
        lines({"id": "q1", "video_id": "v1", "text": ASKED, "kind": "open"}),
        [("v1",)],
        [BenchmarkQuestion(ASKED)],
    ),
    "our own videos": ("b.jsonl", lines({"id": "v1", "uri": "films/v1.mp4"}), [("v1", "films/v1.mp4")], []),
    "an id beside a question is the question's": (
        "b.jsonl",
        lines({"id": "q1", "question": ASKED}),
        [],
        [BenchmarkQuestion(ASKED)],
    ),
    "text alone is no question": ("b.json", json.dumps([{"text": "Hello."}, {"video": "x9"}]), [("x9",)], []),
    "lines though the name says json": (
        "b.json",
        lines({"q": ASKED}, {"q": OTHER}),
        [],
        [BenchmarkQuestion(ASKED), BenchmarkQuestion(OTHER)],
    ),
    "a list though the name says lines": (
        "b.jsonl",
        json.dumps([{"q": ASKED}], indent=1),
        [],
        [BenchmarkQuestion(ASKED)],
    ),
}


@pytest.mark.parametrize(("name", "text", "videos", "questions"), FORMS.values(), ids=FORMS.keys())
def test_forms(
    name: str, text: str, videos: list[tuple[str, ...]], questions: list[BenchmarkQuestion], tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_benchmark("b", tmp_path / name)
    assert (list(found.videos), list(found.questions)) == (videos, questions)


def test_a_number_too_long_to_read_is_passed_over(tmp_path: Path) -> None:
    for name, text in {"b.json": '[{"q": "%s", "n": %s}]', "b.jsonl": '{"q": "%s", "n": %s}\n{}'}.items():
        (tmp_path / name).write_text(text % (ASKED, "1" * 5000))
        assert read_benchmark("b", tmp_path / name).questions == (BenchmarkQuestion(ASKED),)


def test_half_a_character_becomes_one_that_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(r'[{"q": "Who? \ud83d", "choices": ["\ud83d", "\ud83d\ude00"], "vid": "v\udc00"}]')
    found = read_benchmark("b", tmp_path / "b.json")
    assert found.questions == (BenchmarkQuestion("Who? \ufffd", ("\ufffd", "\U0001f600")),)
    assert found.videos == (("v\ufffd",),)
    assert to_json(found)


BAD = {
    "nothing": ("b.jsonl", b"", ":1: the file is empty"),
    "neither questions nor videos": (
        "b.json",
        b'[{"name": "x", "score": 2}]',
        "holds no question (question, query, q)",
    ),
    "a table without the fields": ("b.csv", b"a,b\n1,2\n", "holds no question"),
    "a torn line": ("b.jsonl", b'{"q": "Who?"}\n{"q": "Wh', ":2: this line is not JSON: Unterminated string"),
    "no json at all": ("b.json", b"{\n 'q': 1}", ":2: this is not JSON: Expecting property name"),
    "latin-1": ("b.csv", "q\nok\ncaf\xe9".encode("latin-1"), ":3: this is not UTF-8 text"),
    "a quote that does not end": ("b.csv", b'q,video\n"Who,x\n', ":2: this is not CSV: unexpected end of data"),
    "more fields than names": ("b.csv", b"q,video\nWho?,x,y\n", ":2: this line has more fields"),
    "nested without end": ("b.json", b"[" * 100_000, "nested too deep"),
}


@pytest.mark.parametrize(("name", "data", "says"), BAD.values(), ids=BAD.keys())
def test_what_is_no_list_is_told_with_its_line(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SettingsError) as raised:
        read_benchmark("mine", tmp_path / name)
    assert raised.value.code == "bad_benchmark"
    assert raised.value.detail.startswith(f"curate.benchmarks, mine: {tmp_path / name}")
    assert says in raised.value.detail


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read \(No such file or directory\); correct its path"):
        read_benchmark("mine", tmp_path / "b.json")


REAL = {
    "m3bench_robot.json": (100, 1269),
    "nextgqa_gsub_val.json": (570, 0),
    "nextgqa_val.csv": (567, 3358),
    "nextqa_val.csv": (570, 4995),
    "rextime_val.jsonl": (696, 921),
    "tvqa_plus_val_first300.json": (77, 300),
    "yc2_val.json": (457, 0),
}
"""Published list → its videos and its different questions."""


@pytest.mark.parametrize("name", REAL)
def test_published_lists(name: str, annotations: Path) -> None:
    found = read_benchmark("b", annotations / name)
    assert (len(found.videos), len(found.questions)) == REAL[name]
