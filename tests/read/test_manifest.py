import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import InputError
from schemas.source import Evidence, Question, Rejected, Video
from schemas.span import Span
from transforms.read.manifest import parse_question_line, parse_video_line
from transforms.read.uris import find

QUESTION: dict[str, Any] = {
    "id": "q1",
    "video_id": "v1",
    "text": "Which gate is it?",
    "kind": "choice",
    "choices": ["Gate 14", "Gate 15", "Gate 16"],
    "answer": "B",
}


@pytest.fixture()
def manifest(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "clips").mkdir(parents=True)
    (folder / "clips" / "a.mp4").write_bytes(b"a")
    (folder / "clips" / "a.srt").write_bytes(b"s")
    (folder / "clips" / "other.vtt").write_bytes(b"s")
    (tmp_path / "outside.mp4").write_bytes(b"o")
    (folder / "link.mp4").symlink_to(tmp_path / "outside.mp4")
    (folder / "linked").symlink_to(tmp_path)
    return folder / "videos.jsonl"


def video_line(manifest: Path, allow: tuple[str, ...] = (), **row: Any) -> Video | Rejected:
    return parse_video_line(json.dumps({"id": "v1", **row}).encode(), 7, manifest, allow)


def question_line(**changes: Any) -> Question | Rejected:
    row = {key: value for key, value in {**QUESTION, **changes}.items() if value is not ...}
    return parse_question_line(json.dumps(row).encode(), 3, "some/questions.jsonl")


def test_a_relative_uri_starts_at_the_manifest_and_never_at_the_working_directory(
    manifest: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    video = video_line(manifest, uri="clips/a.mp4", license="CC0-1.0", group="g", meta={"b": 1, "a": [None]})
    clips = manifest.parent.resolve() / "clips"
    assert video == Video(
        id="v1",
        uri="clips/a.mp4",
        location=str(clips / "a.mp4"),
        license="CC0-1.0",
        subtitles=str(clips / "a.srt"),
        group="g",
        meta_json='{"a":[null],"b":1}',
    )


def test_named_subtitles_win_over_those_beside_the_video(manifest: Path) -> None:
    video = video_line(manifest, uri="clips/a.mp4", subtitles="clips/other.vtt")
    assert isinstance(video, Video)
    assert video.subtitles.endswith("other.vtt")


@pytest.mark.parametrize("spelling", ["{0}/clips/a.mp4", "file://{0}/clips/a.mp4", "file://localhost{0}/clips/a%2Emp4"])
def test_absolute_uris_inside_the_root_are_shown_relative_to_it(manifest: Path, spelling: str) -> None:
    video = video_line(manifest, uri=spelling.format(manifest.parent))
    assert isinstance(video, Video)
    assert video.uri == "clips/a.mp4"


@pytest.mark.parametrize(
    "uri", ["../outside.mp4", "link.mp4", "linked/outside.mp4", "/etc/hostname", "linked/../outside.mp4"]
)
def test_nothing_leaves_its_root(manifest: Path, uri: str) -> None:
    row = video_line(manifest, uri=uri)
    assert isinstance(row, Rejected)
    assert (row.code, row.outcome, row.id, row.line, row.video_id) == (
        "outside_root",
        "fail",
        "videos.jsonl:7",
        7,
        "v1",
    )
    assert "allow:" in row.detail
    assert "/etc" not in row.detail


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("../outside.mp4", "'../outside.mp4' lies outside the folders this entry may read; add its folder to"),
        (
            "link.mp4",
            "'link.mp4' leads through a link out of the folders this entry may read; add the folder behind it to",
        ),
    ],
)
def test_it_is_said_when_a_link_leads_out(manifest: Path, uri: str, says: str) -> None:
    row = video_line(manifest, uri=uri)
    assert isinstance(row, Rejected)
    assert row.detail.startswith(says)


def test_a_link_that_leads_out_is_told_where_the_folder_is_named_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "outside.mp4").touch()
    (tmp_path / "real" / "link.mp4").symlink_to(tmp_path / "outside.mp4")
    (tmp_path / "named").symlink_to(tmp_path / "real")
    named = str(tmp_path / "named")
    with pytest.raises(InputError, match="'link.mp4' leads through a link out of the folders"):
        find("link.mp4", named, (named,))


def test_allow_opens_other_roots(manifest: Path, tmp_path: Path) -> None:
    by_link = video_line(manifest, (str(tmp_path),), uri="link.mp4")
    absolute = video_line(manifest, (str(tmp_path),), uri=str(tmp_path / "outside.mp4"))
    assert isinstance(by_link, Video) and isinstance(absolute, Video)
    assert (by_link.uri, absolute.uri) == ("link.mp4", "outside.mp4")
    assert by_link.location == absolute.location == str((tmp_path / "outside.mp4").resolve())


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ({"uri": "https://example.org/v/a.mp4"}, "outside_root", "https://example.org/v/ to `allow:`"),
        ({"uri": "gs://bucket/a.mp4"}, "outside_root", "gs://bucket/"),
        ({"uri": "s3://bucket/a.mp4"}, "outside_root", "s3://bucket/"),
        ({"uri": "file://host/a.mp4"}, "remote_uri", "another machine"),
        ({"uri": "clips/a.mp4", "sha256": "A" * 64}, "bad_digest", "sha256sum"),
        ({"uri": "clips/none.mp4"}, "missing_file", "clips/none.mp4"),
        ({"uri": "clips/a.mp4/x"}, "missing_file", "clips/a.mp4/x"),
        ({"uri": "clips"}, "not_a_file", "clips"),
        ({"uri": "clips/a.mp4", "subtitles": "clips/x.srt"}, "missing_file", "subtitles"),
        ({"uri": "clips/a\0.mp4"}, "control_characters", "uri"),
        ({"uri": "clips/a.mp4", "id": " "}, "empty_text", "id"),
        ({"uri": "clips/a.mp4", "id": "a\nb"}, "bad_id", "one line"),
        ({"uri": "clips/a.mp4", "id": 5}, "wrong_type", "`id` must be string, not 5"),
        ({"uri": "clips/a.mp4", "licence": "MIT"}, "unknown_key", "did you mean `license`?"),
        ({"uri": "clips/a.mp4", "zzz": 1}, "unknown_key", "`meta`"),
        ({}, "missing_key", "`uri`"),
        ({"uri": "clips/a.mp4", "license": "\ud800"}, "control_characters", "license"),
        ({"uri": "clips/a.mp4", "meta": {"a": "\ud800"}}, "bad_meta", "meta"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_bad_video_line_says_what_to_correct(manifest: Path, row: dict[str, Any], code: str, says: str) -> None:
    rejected = video_line(manifest, **row)
    assert isinstance(rejected, Rejected)
    assert (rejected.stage, rejected.code, rejected.unit, rejected.line) == ("read", code, "line", 7)
    assert says in rejected.detail


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{not json}", "bad_json"),
        (b'{"id": "a", "id": "b", "uri": "x"}', "bad_json"),
        (b'{"id": "a", "uri": NaN}', "bad_json"),
        (b'{"id": 1' + b"0" * 5000 + b"}", "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b'["a"]', "not_an_object"),
        (b'{"id": "\xff"}', "not_utf8"),
        ("\ufeff{}".encode("utf-16-le"), "not_utf8"),
        (b'{"id": "' + b"a" * 1_000_000 + b'"}', "line_too_long"),
    ],
    ids=["json", "twice", "nan", "digits", "deep", "list", "latin", "utf16", "long"],
)
def test_what_is_no_json_object_is_rejected(manifest: Path, line: bytes, code: str) -> None:
    for row in (parse_video_line(line, 1, manifest), parse_question_line(line, 1, manifest)):
        assert isinstance(row, Rejected)
        assert row.code == code


@pytest.mark.parametrize("answer", ["B", "b", "(B)", "Gate 15", "gate  15"])
def test_letter_and_text_become_the_choices_own_text(answer: str) -> None:
    question = question_line(answer=answer)
    assert isinstance(question, Question)
    assert (question.answer, question.choices) == ("Gate 15", ("Gate 14", "Gate 15", "Gate 16"))
    assert question.origin == "given"


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"choices": ["3", "4"], "answer": 4}, "4"),
        ({"choices": ["3", "4"], "answer": 4.0}, "4"),
        ({"kind": "count", "choices": ..., "answer": 3}, 3.0),
        ({"kind": "count", "choices": ..., "answer": "three"}, 3.0),
        ({"kind": "count", "choices": ..., "answer": "five million"}, 5_000_000.0),
        ({"kind": "span", "choices": ..., "answer": "12,5-18,5"}, Span(12.5, 18.5)),
        ({"choices": ["B", "A", "C"], "answer": "(B)"}, "A"),
        ({"kind": "order", "answer": ["C", "A", "Gate 15"]}, ("Gate 16", "Gate 14", "Gate 15")),
        ({"kind": "span", "choices": ..., "answer": [12, 18.5]}, Span(12.0, 18.5)),
        ({"kind": "span", "choices": ..., "answer": "00:12-00:18.5"}, Span(12.0, 18.5)),
        ({"kind": "open", "choices": ..., "answer": " a  harbour "}, "a harbour"),
        ({"kind": "open", "choices": ..., "answer": 1961}, "1961"),
    ],
    ids=lambda value: None,
)
def test_answers_are_brought_to_one_form(row: dict[str, Any], answer: Any) -> None:
    question = question_line(**row)
    assert isinstance(question, Question)
    assert question.answer == answer


def test_evidence_is_read() -> None:
    question = question_line(
        evidence=[{"start_s": 1, "end_s": 2.5, "box": [0, 0.25, 0.5, 1]}, {"start_s": 4, "end_s": 5}]
    )
    assert isinstance(question, Question)
    assert question.evidence == (Evidence(Span(1.0, 2.5), (0.0, 0.25, 0.5, 1.0)), Evidence(Span(4.0, 5.0)))


@pytest.mark.parametrize(
    ("row", "code", "says"),
    [
        ({"text": "  "}, "empty_text", "question"),
        ({"text": "a\0b"}, "control_characters", "text"),
        ({"kind": "essay"}, "wrong_type", "one of choice, open, count, order, span, list, not"),
        ({"video_id": ...}, "missing_key", "`video_id`"),
        ({"videoid": "x"}, "unknown_key", "did you mean `video_id`?"),
        (
            {"evidence": [{"start_s": 1, "end": 2}]},
            "unknown_key",
            "`evidence[1].end` is not a key here; did you mean `end_s`?",
        ),
        ({"choices": ...}, "missing_choices", "2 to 26"),
        ({"choices": ["one"]}, "missing_choices", "not 1"),
        ({"choices": [str(n) for n in range(27)]}, "missing_choices", "not 27"),
        ({"choices": ["a", " "]}, "empty_text", "choice B"),
        ({"choices": ["Gate", "gate "]}, "duplicate_choices", "A and B"),
        ({"answer": "Gate 17"}, "answer_not_a_choice", "A to C"),
        ({"answer": "D"}, "answer_not_a_choice", "'D'"),
        ({"answer": 1}, "answer_not_a_choice", "from 0 or from 1"),
        ({"choices": ["B", "A"], "answer": "A"}, "ambiguous_answer", "choice B"),
        ({"answer": ["B"]}, "wrong_type", "not a list"),
        ({"answer": True}, "wrong_type", "`answer`"),
        ({"answer": None}, "wrong_type", "`answer`"),
        ({"kind": "open"}, "unexpected_choices", "kind `choice`"),
        ({"kind": "open", "choices": ..., "answer": " "}, "empty_text", "answer"),
        ({"kind": "count", "choices": ..., "answer": "many"}, "not_a_number", "one number"),
        ({"kind": "count", "choices": ..., "answer": "3 or 4"}, "not_a_number", "one number"),
        ({"kind": "count", "choices": ..., "answer": "more than 3"}, "not_a_number", "one number"),
        ({"kind": "count", "choices": ..., "answer": "3%"}, "not_a_number", "one number"),
        ({"kind": "count", "choices": ..., "answer": -1}, "not_a_number", "-1"),
        ({"kind": "count", "choices": ..., "answer": 10**400}, "not_a_number", "at most"),
        ({"kind": "count", "choices": ..., "answer": 2**60}, "not_a_number", "at most"),
        ({"kind": "count", "choices": ..., "answer": "9" * 400}, "not_a_number", "one number"),
        ({"kind": "count", "choices": ..., "answer": 5e-324}, "not_a_number", "digits"),
        ({"kind": "open", "choices": ..., "answer": "\u200b"}, "empty_text", "answer"),
        ({"choices": ["Gate", "\u200b"]}, "empty_text", "choice B"),
        ({"choices": ["B", "A"], "answer": "A"}, "ambiguous_answer", "`(B)`"),
        ({"choices": list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "answer": "\ufb06"}, "answer_not_a_choice", "A to Z"),
        ({"kind": "span", "choices": ..., "answer": [1, 10**400]}, "bad_span", "seconds"),
        ({"kind": "span", "choices": ..., "answer": [1, 1e300]}, "bad_span", "seconds"),
        ({"kind": "span", "choices": ..., "answer": "1-" + "9" * 400}, "bad_span", "seconds"),
        ({"kind": "span", "choices": ..., "answer": [1, 1.0004]}, "bad_span", "not after its start"),
        ({"kind": "order", "answer": ["A", "B"]}, "not_a_permutation", "3 choices once"),
        ({"kind": "order", "answer": ["A", "B", "B"]}, "not_a_permutation", "once"),
        ({"kind": "order", "answer": "A"}, "wrong_type", "list"),
        ({"kind": "list", "choices": ..., "answer": ["a, b", "c"]}, "wrong_type", "comma or semicolon"),
        ({"kind": "list", "choices": ..., "answer": ["红、绿", "蓝"]}, "wrong_type", "comma or semicolon"),
        ({"kind": "list", "choices": ..., "answer": ["a", "b；c"]}, "wrong_type", "comma or semicolon"),
        ({"kind": "span", "choices": ..., "answer": [5, 2]}, "bad_span", "not after its start"),
        ({"kind": "span", "choices": ..., "answer": [2, 2]}, "bad_span", "not after its start"),
        ({"kind": "span", "choices": ..., "answer": [-1, 2]}, "bad_span", "first frame"),
        ({"kind": "span", "choices": ..., "answer": [1, 2, 3]}, "bad_span", "start_s"),
        ({"evidence": [{"start_s": 3, "end_s": 1}]}, "bad_evidence", "evidence 1"),
        ({"evidence": [{"start_s": -3, "end_s": 1}]}, "bad_evidence", "before 0 s"),
        ({"evidence": [{"start_s": "3", "end_s": 4}]}, "wrong_type", "`evidence[1].start_s` must be number"),
        ({"evidence": [{"start_s": 1, "end_s": 4, "box": [0, 0, 2, 1]}]}, "bad_box", "0 to 1"),
        ({"evidence": [{"start_s": 1, "end_s": 4, "box": [0, 0, 1]}]}, "bad_box", "x0, y0, x1, y1"),
        ({"evidence": [{"start_s": 1, "end_s": 4, "box": [0.5, 0, 0.1, 1]}]}, "bad_box", "x0 < x1"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_bad_question_line_says_what_to_correct(row: dict[str, Any], code: str, says: str) -> None:
    rejected = question_line(**row)
    assert isinstance(rejected, Rejected)
    assert (rejected.code, rejected.id, rejected.line, rejected.question_id) == (code, "questions.jsonl:3", 3, "q1")
    assert says in rejected.detail


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("1e999", "wrong_type"),
        ("-1e999", "wrong_type"),
        ("[1, 1e999]", "wrong_type"),
        ("NaN", "bad_json"),
        ("Infinity", "bad_json"),
        ("1" + "0" * 400, "not_a_number"),
        ("1" + "0" * 5000, "bad_json"),
        ("[" * 50 + "]" * 50, "wrong_type"),
        *(("[" * depth + "]" * depth, "bad_json") for depth in (300, 900, 3000, 100_000)),
        ('{"a": "\\ud800"}', "wrong_type"),
        ('{"\\ud800": 1}', "wrong_type"),
    ],
    ids=lambda value: value[:12],
)
@pytest.mark.parametrize("key", ["answer", "meta", "choices", "evidence", "\\ud800"])
def test_a_value_that_no_row_can_hold_turns_its_line_away(key: str, answer: str, code: str) -> None:
    row = {"id": '"q1"', "video_id": '"v1"', "text": '"How many?"', "kind": '"count"', "answer": "2", key: answer}
    line = "{" + ", ".join(f'"{name}": {value}' for name, value in row.items()) + "}"
    rejected = parse_question_line(line.encode(), 9, "some/questions.jsonl")
    if isinstance(rejected, Question):
        assert key == "meta"
        return
    assert rejected.line == 9
    assert key != "answer" or rejected.code == code
    rejected.detail.encode()


@pytest.mark.parametrize("times", [(0, "1e999"), (0, "1" + "0" * 400), (0, "1e300")], ids=["infinite", "long", "late"])
def test_evidence_at_no_time_of_a_video_is_turned_away(times: tuple[int, str]) -> None:
    line = json.dumps({**QUESTION, "evidence": [{"start_s": 0, "end_s": 7}]}).replace("7}", f"{times[1]}}}")
    rejected = parse_question_line(line.encode(), 9, "some/questions.jsonl")
    assert isinstance(rejected, Rejected)
    assert rejected.line == 9


def test_a_uri_that_is_none(tmp_path: Path) -> None:
    row = parse_video_line(b'{"id": "a", "uri": "file://[x/a.mp4"}', 3, tmp_path / "v.jsonl")
    assert isinstance(row, Rejected)
    assert (row.code, row.line, row.video_id) == ("bad_uri", 3, "a")


def test_a_long_uri_is_not_repeated_whole(tmp_path: Path) -> None:
    row = parse_video_line(json.dumps({"id": "a", "uri": "x" * 5000}).encode(), 3, tmp_path / "v.jsonl")
    assert isinstance(row, Rejected)
    assert len(row.detail) < 400


def test_allow_adds_to_the_manifests_own_folder(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    other = tmp_path / "other"
    other.mkdir()
    video = parse_video_line(b'{"id": "a", "uri": "a.mp4"}', 1, tmp_path / "v.jsonl", (str(other),))
    assert isinstance(video, Video)
