import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import SettingsError
from transforms.read.gather import gather_folder, gather_manifest
from transforms.read.lines import LONGEST_LINE, numbered_lines


def rows(*objects: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in objects)


def ask(name: str, video: str) -> dict[str, Any]:
    return {"id": name, "video_id": video, "text": "How many?", "kind": "count", "answer": 2}


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    long = b"x" * (3 * LONGEST_LINE)
    path.write_bytes(b"\xef\xbb\xbfone\r\n\n  \ntwo\n" + long + b"\n" + b"y" * LONGEST_LINE + b"\nlast")
    got = list(numbered_lines(path))
    assert [(n, line[:4], len(line)) for n, line in got] == [
        (1, b"one", 3),
        (4, b"two", 3),
        (5, b"xxxx", LONGEST_LINE + 1),
        (6, b"yyyy", LONGEST_LINE),
        (7, b"last", 4),
    ]


def test_every_line_is_accounted_for(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    (tmp_path / "b.mp4").write_bytes(b"b")
    videos, questions = tmp_path / "videos.jsonl", tmp_path / "questions.jsonl"
    videos.write_text(
        "\ufeff"
        + rows({"id": "alpha", "uri": "a.mp4"}, {"id": "beta", "uri": "gone.mp4"})
        + "\n"
        + rows({"id": "alpha", "uri": "b.mp4"})
    )
    questions.write_text(
        rows(ask("q1", "alpha"), ask("q2", "beta"), ask("q3", "alpa"), ask("q1", "alpha"), {"id": "q4"})
    )
    got = gather_manifest(videos, questions)
    assert [v.id for v in got.videos] == ["alpha"]
    assert [q.id for q in got.questions] == ["q1"]
    told = {row.id: (row.code, row.line, row.video_id, row.question_id) for row in got.rejected}
    assert told == {
        "videos.jsonl:2": ("missing_file", 2, "beta", ""),
        "videos.jsonl:4": ("duplicate_id", 4, "alpha", ""),
        "questions.jsonl:2": ("rejected_video", 2, "beta", "q2"),
        "questions.jsonl:3": ("unknown_video", 3, "alpa", "q3"),
        "questions.jsonl:4": ("duplicate_id", 4, "", "q1"),
        "questions.jsonl:5": ("missing_key", 5, "", "q4"),
    }
    details = {row.id: row.detail for row in got.rejected}
    assert "line 1" in details["videos.jsonl:4"]
    assert "line 1" in details["questions.jsonl:4"]
    assert "videos.jsonl:2" in details["questions.jsonl:2"]
    assert "'alpha'" in details["questions.jsonl:3"]
    assert got.units == 8 == len(got.videos) + len(got.questions) + len(got.rejected)


def test_a_manifest_that_cannot_be_read_or_is_empty_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="source"):
        gather_manifest(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(SettingsError, match="no line"):
        gather_manifest(tmp_path / "empty.jsonl")


def test_a_folder_counts_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere")
    got = gather_folder(tmp_path)
    assert (len(got.videos), len(got.rejected), got.units) == (1, 1, 2)


def test_real_footage_is_listed(real_videos: Path) -> None:
    got = gather_folder(real_videos)
    assert "lecture_gis_101s_720p_20fps" in {video.id for video in got.videos}
    assert {"hello_terminal_8s", "broken/zero"} <= {video.id for video in got.videos}
    assert all(not video.id.endswith((".flac", ".md")) for video in got.videos)


def test_manifests_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("v", "q"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "data.jsonl").write_text("nothing\n")
    found = gather_manifest(tmp_path / "v" / "data.jsonl", tmp_path / "q" / "data.jsonl")
    assert [row.id for row in found.rejected] == ["v/data.jsonl:1", "q/data.jsonl:1"]


def test_manifests_of_one_name_in_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("v/in", "q/in"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "data.jsonl").write_text("nothing\n")
    found = gather_manifest(tmp_path / "v/in/data.jsonl", tmp_path / "q/in/data.jsonl")
    assert [row.id for row in found.rejected] == ["videos/data.jsonl:1", "questions/data.jsonl:1"]


def test_one_file_cannot_be_both_manifests(tmp_path: Path) -> None:
    (tmp_path / "all.jsonl").write_text("{}\n")
    with pytest.raises(SettingsError, match="one_manifest"):
        gather_manifest(tmp_path / "all.jsonl", tmp_path / "all.jsonl")
