"""What cannot be made for an export is missing there alone, with a reason; all else is written."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.codec import to_json
from schemas.refs import Kept, Perceived, RowRef
from schemas.settings import Bm25Settings, OpenAIEmbedSettings
from schemas.source import Rejected, Video
from schemas.span import Span
from schemas.trajectory import Trajectory
from tests.engines.vector_servers import serving
from tests.media.clips import track, write
from tests.trajectories import question, timeline, trajectory, video
from tests.write.test_exports import exported, kept
from transforms.store import Store
from transforms.write.prepare import CutVideo, TellVideo


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def film(tmp_path: Path) -> Video:
    """Twelve seconds and a half, 25 frames a second."""
    write(tmp_path / "v1.mp4", track(313))
    return Video("v1", "clips/v1.mp4", str(tmp_path / "v1.mp4"), f"{1:064x}")


def looking(store: Store, rollout: int, window: Span) -> Kept:
    """A chosen trajectory that looks at one window."""
    one: Trajectory = trajectory(store, video(1), question(rollout, video(1)), rollout)
    turns = (replace(turn, spans=(window,)) if turn.spans else turn for turn in one.turns)
    return kept(replace(one, turns=tuple(turns)), store)


def cut(store: Store, film: Video, *chosen: Kept) -> list[RowRef | Rejected]:
    work = CutVideo(("clips",), 10_000, store.root)
    return work.do(("v1", [(film, "train", one) for one in chosen]))


def test_a_row_whose_window_cannot_be_cut_says_so(store: Store, film: Video) -> None:
    good, bad = looking(store, 0, Span(10.0, 12.0)), looking(store, 1, Span(40.0, 44.0))
    ref, rejected = cut(store, film, bad, good)
    assert isinstance(ref, RowRef) and isinstance(rejected, Rejected)
    assert (ref.table, ref.split, ref.id) == ("clips", "train", good.id)
    assert [frames for _, frames in ref.source[1].values()] == [50]
    assert (rejected.stage, rejected.code, rejected.unit, rejected.id) == (
        "write",
        "no_clip",
        "export",
        f"clips/{bad.id}",
    )
    assert rejected.detail == (
        "nothing is displayed from 40 to 44 s of clips/v1.mp4, so no clip of it can be cut; its other forms are written"
    )


def test_of_a_video_that_is_gone_no_row_has_clips(store: Store, film: Video) -> None:
    Path(film.location).unlink()
    found = cut(store, film, looking(store, 0, Span(10.0, 12.0)), looking(store, 1, Span(1.0, 2.0)))
    assert [(one.code, one.id) for one in found if isinstance(one, Rejected)] == [
        ("missing", "clips/v1-q0-00"),
        ("missing", "clips/v1-q1-01"),
    ]
    assert len(found) == 2


def told(store: Store, retrieval: OpenAIEmbedSettings | Bm25Settings) -> list[RowRef | Rejected]:
    one = Perceived(Video("v1", "v1.mp4", "/v1.mp4"), store.put_blob(to_json(timeline(video(1)))), 60.0)
    return asyncio.run(TellVideo(("artifacts",), retrieval, store.root).do(one))


def test_vectors_come_from_the_engine_once(store: Store) -> None:
    with serving() as server:
        choice = OpenAIEmbedSettings(model="letters", base_url=server.url, api_key_env="")
        first, second = told(store, choice), told(store, choice)
    assert first == second and len(server.requests) == 1
    (ref,) = first
    assert isinstance(ref, RowRef)
    (row,) = exported(ref, store)
    assert (row["model"], row["captions"]) == ("letters", 1)


def test_a_video_whose_vectors_cannot_be_had_keeps_its_texts(store: Store) -> None:
    with serving((400, {"error": {"message": "no such model"}})) as server:
        choice = OpenAIEmbedSettings(model="none", base_url=server.url, api_key_env="")
        ref, rejected = told(store, choice)
    assert isinstance(ref, RowRef) and isinstance(rejected, Rejected)
    assert (rejected.stage, rejected.unit, rejected.id) == ("write", "export", "artifacts/v1")
    (row,) = exported(ref, store)
    assert row["model"] == ""


def test_by_words_there_are_no_vectors(store: Store) -> None:
    (ref,) = told(store, Bm25Settings())
    assert isinstance(ref, RowRef) and ref.source[1:] == ("", "")
