"""Exact yield: in which order questions are taken, how many at a time, and where the target is met.

Videos come by hash of their id, and the questions of a video by hash of theirs. The release holds the first questions
in this order whose accepted rows sum to the target. So it hangs neither on how many were tried at a time nor on what
was tried beyond.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas.codec import digest
from schemas.errors import StoppedError
from schemas.refs import Cut, Posed, Round
from schemas.source import Question, Rejected, Video
from transforms.read.identify import merge_same

NOT_NEEDED = "not_needed"

Place = tuple[str, str]


def video_place(video_id: str) -> str:
    """Where a video stands when only some of all videos are taken: the smallest come first."""
    return digest("limit", video_id)


def question_place(video_id: str, question_id: str) -> Place:
    """Where a question stands among those of all videos: the smallest come first."""
    return video_place(video_id), digest("target", video_id, question_id)


def in_order(videos: Sequence[Video]) -> list[Video]:
    """The videos, which have their sha256, in the order they are taken in; those of the same bytes are one."""
    return sorted(merge_same(videos)[0], key=lambda video: video_place(video.id))


def how_many(missing: int, given: int, tried: int, most: int) -> int:
    """How many more to try for `missing` more, when `tried` have given `given` and each gives at most `most`.

    At first only as many as are needed in any case. Later as many as the yield so far asks for, but not more than were
    tried before: what is known from few must not spend on many.
    """
    surely = -(-missing // most)
    likely = -(-missing * tried // given) if given else tried
    return max(surely, min(likely, tried))


def search(
    videos: Sequence[Video],
    wanted: int,
    most_rows: int,
    most_questions: int,
    pose: Callable[[Sequence[Video]], Round],
    explore: Callable[[Sequence[Posed], int], Round],
) -> Cut | None:
    """Takes videos and questions in order until `wanted` rows are accepted; None when all of them give fewer.

    `pose` gives the questions of some videos, `explore` what each of some questions yields when so many rows were
    found before. A question yields at most `most_rows`, a video poses at most `most_questions`.

    Raises:
        StoppedError: something failed for a reason that may pass, before the target was met. What fails behind the
            question that meets it does not matter.
    """
    waiting: list[Posed] = []
    passing: list[Rejected] = []
    seen = asked = tried = rows = 0
    while True:
        count = how_many(wanted - rows, rows, tried, most_rows)
        while len(waiting) < count and seen < len(videos):
            some = videos[seen : seen + how_many(count - len(waiting), asked, seen, most_questions)]
            found = pose(some)
            passing += found.passing
            waiting += sorted(found.posed, key=_place)
            seen, asked = seen + len(some), asked + len(found.posed)
        batch = [one for one in waiting[:count] if not _doubtful(one, passing)]
        if not batch and passing:
            raise _stopped(passing)
        if not batch:
            return None
        waiting = waiting[len(batch) :]
        found = explore(batch, rows)
        passing += found.passing
        brought = {(one.video_id, one.question_id): one.rows for one in found.yielded}
        for one in batch:
            if _doubtful(one, passing):
                raise _stopped(passing)
            key = one.perceived.video.id, one.question.id
            if rows + brought[key] >= wanted:
                return Cut(*key, wanted - rows)
            rows += brought[key]
        tried += len(batch)


def _place(one: Posed) -> Place:
    return question_place(one.perceived.video.id, one.question.id)


def _place_of(row: Rejected) -> Place:
    """Where the first question stands that a failure leaves in doubt: of a whole video, all of its questions."""
    place = question_place(row.video_id, row.question_id)
    return place if row.question_id else (place[0], "")


def _doubtful(one: Posed, passing: Sequence[Rejected]) -> bool:
    """Whether something failed at the question or before it, so that nobody knows how many rows are found by then."""
    return any(_place_of(row) <= _place(one) for row in passing)


def _stopped(passing: Sequence[Rejected]) -> StoppedError:
    first = min(passing, key=_place_of)
    return StoppedError(
        "stopped",
        f"{len(passing)} failed for reasons that may pass, the first in {first.stage} with {first.code}: {first.detail}"
        "\nWithout them nobody knows which questions the target takes. What was finished is kept, and the same command"
        " goes on",
    )


def beyond(cut: Cut | None, video_id: str, question_id: str) -> bool:
    """Whether a question comes after the one where the target is met."""
    return cut is not None and question_place(video_id, question_id) > question_place(cut.video_id, cut.question_id)


@dataclass(frozen=True, slots=True)
class Needed:
    """What of a source a target needs, and a row for each of the rest."""

    videos: tuple[Video, ...]
    questions: tuple[Question, ...]
    rejected: tuple[Rejected, ...]


def needed(
    cut: Cut | None, ordered: Sequence[Video], videos: tuple[Video, ...], questions: tuple[Question, ...]
) -> Needed:
    """`ordered` is what `in_order` made of those of the `videos` that can be read; the others are kept, to be told of.

    Questions of the last video are all kept: which of them are needed shows when all its questions are known.
    """
    left = {
        id
        for video in ordered
        if cut is not None and video_place(video.id) > video_place(cut.video_id)
        for id in (video.id, *video.aliases)
    }
    return Needed(
        tuple(video for video in videos if video.id not in left),
        tuple(question for question in questions if question.video_id not in left),
        (
            *(not_needed("read", "video", video.id, "") for video in videos if video.id in left),
            *(not_needed("read", "question", one.video_id, one.id) for one in questions if one.video_id in left),
        ),
    )


def not_needed(stage: str, unit: str, video_id: str, question_id: str) -> Rejected:
    """The row of what comes after the question where the target is met."""
    detail = "the target was met by what comes before it"
    return Rejected(stage, NOT_NEEDED, "filter", unit, question_id or video_id, detail, video_id, question_id)
