"""Clips hold the frames that are displayed in their windows, for as long as they are."""

import io
from bisect import bisect_right
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from schemas.errors import InputError
from schemas.source import Video
from schemas.span import Span
from tests.builds import ROOT
from transforms import clip_store
from transforms.media.clips import Cut, cut, measure, passes
from transforms.media.decode import open_video
from transforms.store import Store

STEPS_MS = (40, 90, 17, 250, 33)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frames at uneven times, some 10 s of them, each of a grey of its own."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "0", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 65, 49, "yuv444p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        at_ms = 0
        for n in range(120):
            frame = av.VideoFrame.from_ndarray(np.full((49, 65, 3), 20 + n, np.uint8), "rgb24")
            frame.pts, frame.time_base = at_ms, stream.codec_context.time_base
            container.mux(stream.encode(frame))
            at_ms += STEPS_MS[n % len(STEPS_MS)]
        container.mux(stream.encode(None))
    return path


def greys(data: bytes) -> list[int]:
    with av.open(io.BytesIO(data), "r") as container:
        return [round(float(frame.to_ndarray(format="gray").mean())) for frame in container.decode(video=0)]


def times(data: bytes) -> list[float]:
    with av.open(io.BytesIO(data), "r") as container:
        return [round(float(frame.time), 4) for frame in container.decode(video=0)]


def test_a_clip_has_the_frames_displayed_in_its_window(film: Path) -> None:
    with open_video(film) as source:
        for _ in source.frames():
            pass
        pts_s, end_s = source.times().pts_s, source.times().duration_s
    spans = [Span(0.0, 1.0), Span(0.5, 0.6), Span(2.013, 4.9), Span(3.0, 9.0), Span(9.9, 99.0)]
    made = dict(cut(film, spans, 10_000))
    assert set(made) == set(spans)
    for span, clip in made.items():
        first = max(0, bisect_right(pts_s, span.start_s) - 1)
        due = [t for t in pts_s[first:] if t < span.end_s]
        assert (clip.frames, clip.width, clip.height) == (len(due), 64, 48)
        assert times(clip.data) == pytest.approx([max(0.0, t - span.start_s) for t in due], abs=1e-4)
        assert clip.duration_s == pytest.approx(min(span.end_s, end_s) - span.start_s, abs=1e-4)
        assert greys(clip.data) == pytest.approx([20 + pts_s.index(t) for t in due], abs=1)


def test_where_nothing_is_displayed_there_is_no_clip(film: Path) -> None:
    assert dict(cut(film, [Span(5000.0, 5001.0)], 10_000)) == {}
    assert dict(cut(film, [], 10_000)) == {}


def test_clips_shrink_to_the_budget_and_have_even_sides() -> None:
    ((_, clip),) = cut(ROOT / "samples" / "soup.mp4", [Span(1.0, 1.5)], 50_000)
    assert clip.width % 2 == clip.height % 2 == 0
    assert 45_000 < clip.width * clip.height <= 50_000


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"no film")
    with pytest.raises(InputError) as refused:
        list(cut(tmp_path / "x.mp4", [Span(0.0, 1.0)], 10_000))
    assert refused.value.code == "unreadable"
    with pytest.raises(ValueError, match="cannot be decoded"):
        measure(tmp_path / "x.mp4")


def test_few_windows_are_open_at_a_time() -> None:
    spans = [Span(float(n), n + 2.5) for n in range(6)]
    assert passes(spans, 3) == [spans]
    assert passes(spans, 2) == [[spans[0], spans[1], spans[3], spans[4]], [spans[2], spans[5]]]
    assert passes([]) == []


def test_more_passes_give_the_same_clips(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = [Span(float(n), n + 2.5) for n in range(6)]
    whole = dict(cut(film, spans, 10_000))
    monkeypatch.setattr("transforms.media.clips.passes", lambda spans: passes(spans, 1))
    assert dict(cut(film, spans, 10_000)) == whole


def test_a_clip_is_cut_once(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, video = Store(tmp_path), Video("v", "v.mp4", str(film), "a" * 64)
    first = clip_store.fetch(video, [Span(1.0, 2.0), Span(9000.0, 9001.0)], 10_000, store)
    assert set(first) == {Span(1.0, 2.0)}
    asked: list[Span] = []

    def noted(path: str, spans: list[Span], max_pixels: int) -> list[tuple[Span, Cut]]:
        asked.extend(spans)
        return list(cut(path, spans, max_pixels))

    monkeypatch.setattr(clip_store, "cut", noted)
    again = clip_store.fetch(video, [Span(1.0, 2.0), Span(2.0, 3.0)], 10_000, store)
    assert again[Span(1.0, 2.0)] == first[Span(1.0, 2.0)]
    assert asked == [Span(2.0, 3.0)]
    clip_store.fetch(video, [Span(1.0, 2.0)], 1_000, store)
    assert asked == [Span(2.0, 3.0), Span(1.0, 2.0)], "another size is another clip"
