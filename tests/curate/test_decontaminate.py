"""What a benchmark has of a source by name, by what a manifest tells, and by bytes."""

from dataclasses import replace

from schemas.benchmark import Benchmark
from schemas.source import Question, Rejected, Video
from transforms.curate.decontaminate import Owner, by_bytes, by_name, without

ID = "dQw4w9WgXcQ"
LV = Benchmark("lv", "d", ((ID,), ("room_06", "data/room_06.mp4")))
MME = Benchmark("mme", "e", (("001", "fFjv93ACGo8", "https://www.youtube.com/watch?v=fFjv93ACGo8"), (ID,)))


def video(id: str, uri: str = "", meta: str = "{}", sha256: str = "") -> Video:
    return Video(id, uri or f"{id}.mp4", f"/here/{id}.mp4", sha256, meta_json=meta)


def test_by_name() -> None:
    videos = [
        video(f"films/{ID}_clip3"),
        video("a", uri="b/Room_06.mkv"),
        video("b", meta='{"source": {"youtube_id": "fFjv93ACGo8"}, "title": "room_06"}'),
        video("001"),
        video("room_07", meta='{"title": "room_06", "tags": ["room_06"]}'),
    ]
    assert by_name(videos, [LV, MME]) == {
        f"films/{ID}_clip3": Owner("lv", f"it has a video of the same name (youtube:{ID})"),
        "a": Owner("lv", "it has a video of the same name (name:room_06)"),
        "b": Owner("mme", "it has a video of the same name (name:ffjv93acgo8, youtube:fFjv93ACGo8)"),
    }
    assert by_name(videos, []) == {}


def test_by_bytes() -> None:
    owners = {"b": Owner("lv", "…"), "a": Owner("mme", "…")}
    dropped = [video("b", sha256="1"), video("a", sha256="1")]
    assert by_bytes([video("c", sha256="1"), video("d", sha256="2")], dropped, owners) == {
        "c": Owner("mme", "it has 'a', which is the same bytes")
    }


def test_without() -> None:
    videos = (video("a"), video("b"))
    asked = tuple(Question(f"q{n}", "ab"[n % 2], "Who?", "open", "x") for n in range(3))
    clean = without(videos, asked, {"a": Owner("lv", "why")})
    assert (clean.videos, clean.questions, clean.dropped) == (videos[1:], asked[1:2], videos[:1])
    row = Rejected("read", "contaminated_video", "filter", "video", "a", "lv: why", video_id="a")
    of_questions = [replace(row, unit="question", id=id, question_id=id) for id in ("q0", "q2")]
    assert clean.rejected == (row, *of_questions)
