"""Ground trajectories: all of one video together, so that one pass over it fetches every frame they need.

The overview that opens every conversation about the video comes out of the same pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam

from schemas.codec import from_json, to_json
from schemas.refs import Kept, Opening, Perceived
from schemas.scan import FrameTimes
from schemas.settings import Ground
from schemas.source import Rejected
from schemas.timeline import Timeline
from schemas.trajectory import Frame, Trajectory
from transforms import progress
from transforms.concurrent import FlatMapConcurrently
from transforms.engines import build
from transforms.frame_store import fetch
from transforms.ground.ground import ground
from transforms.refuse import refuse
from transforms.store import Store
from transforms.tools.base import FrameRequest
from transforms.tools.looks import Grounded, looks, opening_look


@dataclass
class GroundTrajectories(beam.PTransform):
    """(kept, perceived) → `.done` Kept trajectories with frames and one Opening per video, `.rejected` what broke."""

    settings: Ground
    store: str
    workers: int

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        kept, perceived = inputs
        return (
            {
                "kept": kept | "KeptByVideo" >> beam.Map(lambda one: (one.video_id, one)),
                "perceived": perceived | "PerceivedByVideo" >> beam.Map(lambda one: (one.video.id, one)),
            }
            | "JoinVideo" >> beam.CoGroupByKey()
            | "RebalanceVideos" >> beam.Reshuffle()
            | "Ground" >> FlatMapConcurrently(GroundVideo(self.settings, self.store), self.workers)
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """A trajectory and what the deployed tools would show for its calls."""

    kept: Kept
    trajectory: Trajectory
    looks: tuple[Grounded, ...]


@dataclass
class GroundVideo:
    settings: Ground
    store: str

    def do(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterable[Kept | Opening | Rejected]:
        _, groups = element
        kept = sorted(groups["kept"], key=lambda one: one.id)
        (perceived,) = groups["perceived"]
        done = self._ground(kept, perceived)
        lost = sum(isinstance(one, Rejected) for one in done)
        progress.advance("ground", len(kept), lost)
        progress.expect("verify", len(kept) - lost)
        return done

    def _ground(self, kept: list[Kept], perceived: Perceived) -> list[Kept | Opening | Rejected]:
        store = build.store(self.store)
        try:
            timeline = from_json(Timeline, store.blob(perceived.timeline))
            times = from_json(FrameTimes, store.blob(timeline.times))
            opening = opening_look(times, timeline, self.settings)
            planned = [self._plan(one, times, timeline) for one in kept]
            plans = [plan for plan in planned if isinstance(plan, _Plan)]
            wanted = {request for plan in plans for grounded in plan.looks for request in grounded.look.requests}
            decord_times = times if self.settings.decoder == "decord" else None
            found = fetch(perceived.video, wanted | set(opening.requests), store, decord_times)
            frames = tuple(found[request] for request in opening.requests)
            _weight(frames, store)  # what is lost of them, every conversation about the video lacks
            first = Opening(perceived.video.id, perceived.timeline, opening.text, frames)
        except Exception as error:
            lost = refuse(error, "ground", "video", perceived.video.id)
            first = Opening(perceived.video.id, perceived.timeline, "", (), lost.code, lost.detail)
            return [first, *(_refuse(one, error) for one in kept)]
        return [first, *(self._swap(plan, found) if isinstance(plan, _Plan) else plan for plan in planned)]

    def _plan(self, kept: Kept, times: FrameTimes, timeline: Timeline) -> "_Plan | Rejected":
        try:
            trajectory = from_json(Trajectory, build.store(self.store).blob(kept.record))
            return _Plan(kept, trajectory, looks(trajectory.turns, times, timeline, self.settings))
        except Exception as error:
            return _refuse(kept, error)

    def _swap(self, plan: "_Plan", found: dict[FrameRequest, Frame]) -> Kept | Rejected:
        store, kept = build.store(self.store), plan.kept
        try:
            grounded = ground(plan.trajectory, plan.looks, found)
            weight = _weight(grounded.frames, store)
            record = store.put_blob(to_json(grounded))
        except Exception as error:
            return _refuse(kept, error)
        return replace(kept, record=record, frames=len(grounded.frames), frame_bytes=weight)


def _weight(frames: Iterable[Frame], store: Store) -> int:
    """Bytes of the pictures.

    Raises:
        InputError: `store_lost`.
    """
    return sum(len(store.blob(frame.sha256)) for frame in frames)


def _refuse(kept: Kept, error: Exception) -> Rejected:
    ids = {"video_id": kept.video_id, "question_id": kept.question_id, "trajectory_id": kept.id}
    return refuse(error, "ground", "trajectory", kept.id, **ids)
