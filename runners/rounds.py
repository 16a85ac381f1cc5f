"""Finds out where a target is met, round by round. All that a round pays for is kept, and found again by the build."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipelines.target import search
from schemas.codec import from_json
from schemas.refs import Cut, Posed, Round
from schemas.source import Question, Video
from transforms import progress

if TYPE_CHECKING:
    from pipelines.build import Job

TRIES = 2
"""Runs of a round in which something fails that may pass; the second one tries only what failed."""

Run = Callable[[Callable[[Any], None]], None]
"""Runs a pipeline, which is given to a function that adds all there is to do."""


def find_cut(job: "Job", videos: Sequence[Video], wanted: int, run: Run) -> Cut | None:
    """The question at which `wanted` rows are accepted; None when all `videos` (in their order) give fewer.

    Raises:
        StoppedError: as `search` says.
    """
    from pipelines import rounds

    given: dict[str, list[Question]] = defaultdict(list)
    for question in job.questions:
        given[question.video_id].append(question)
    of_video = {video.id: [one for id in (video.id, *video.aliases) for one in given[id]] for video in videos}
    ask = job.settings.ask
    made = ask.per_video if ask.templates else 0
    most_questions = max((made + len(questions) for questions in of_video.values()), default=0) or 1
    number, seen = 0, 0

    def pose(some: Sequence[Video]) -> Round:
        nonlocal seen
        earlier = videos[:seen]
        seen += len(some)
        progress.again(f"looking for questions: {len(some)} more videos, {seen} of {len(videos)} in all")
        progress.expect("read", seen)
        questions = [question for video in some for question in of_video[video.id]]
        return _round(run, partial(rounds.pose, job=job, videos=some, earlier=earlier, questions=questions), job.folder)

    def explore(some: Sequence[Posed], rows: int) -> Round:
        nonlocal number
        number += 1
        progress.again(f"round {number}: {rows} of {wanted} rows so far, {len(some)} more questions")
        return _round(run, partial(rounds.explore, job=job, posed=some), job.folder)

    return search(videos, wanted, job.settings.curate.best, most_questions, pose, explore)


def _round(run: Run, add: Callable[..., None], beside: str) -> Round:
    """What a round came to; `add` gets the pipeline and the `path` of the file that tells of it, which lies where the
    release is written: wherever the work is done, that is seen."""
    for _ in range(TRIES):
        with TemporaryDirectory(dir=beside) as folder:
            path = Path(folder) / "round.json"
            run(partial(add, path=str(path)))
            found = from_json(Round, path.read_bytes())
        if not found.passing:
            break
    return found
