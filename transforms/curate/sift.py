"""Which videos and questions are turned away, because a benchmark has them or the dataset has them already: pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from schemas.benchmark import Benchmark
from schemas.settings import Curate
from schemas.source import Question, Rejected
from transforms.curate.same_question import SHORTEST, QuestionIndex, gist
from transforms.curate.same_video import Agreement, agreement, likely_pairs
from transforms.refuse import without_paths

T = TypeVar("T")

OF_QUESTIONS = frozenset({"contaminated_question", "duplicate_question"})
"""Codes of questions that are turned away for what they ask, given or made."""


@dataclass(frozen=True, slots=True)
class Film:
    """A video of a benchmark, by the perceptual hashes of what it shows."""

    benchmark: str
    name: str
    looks: bytes


def sift_videos(
    looks: Mapping[str, bytes], films: Sequence[Film], settings: Curate, place: Callable[[str], str]
) -> dict[str, Rejected]:
    """Id of a video that does not go on → its row. `looks` are the hashes of all videos of the dataset, by id.

    Videos are gone through by `place`, and each is held against those before it that go on. So whether one goes on
    hangs on none that comes after it, whatever part of them is looked at.
    """
    if not films and not settings.deduplicate:
        return {}
    ids = sorted(looks, key=place)
    likely: dict[int, list[int]] = defaultdict(list)
    for one, other in likely_pairs([*(film.looks for film in films), *(looks[id] for id in ids)]):
        likely[other].append(one)
    dropped: dict[str, Rejected] = {}
    for n, id in enumerate(ids, start=len(films)):
        copies = [(films[m], films[m].looks) for m in likely[n] if m < len(films)]
        share, film = _likest(looks[id], copies, lambda found: found.either)
        if film is not None and share >= settings.same_video:
            why = f"{film.benchmark}: its pictures are those of {film.name!r} ({share:.2f} of them agree)"
            dropped[id] = _video("contaminated_video", id, why)
        elif settings.deduplicate:
            before = [ids[m - len(films)] for m in likely[n] if m >= len(films)]
            kept = [(other, looks[other]) for other in before if other not in dropped]
            share, twin = _likest(looks[id], kept, lambda found: found.both)
            if twin is not None and share >= settings.same_video:
                why = f"it shows the same as {twin!r}, which is kept ({share:.2f} of the pictures of both agree)"
                dropped[id] = _video("near_duplicate_video", id, why)
    return dropped


def _likest(
    looks: bytes, others: Iterable[tuple[T, bytes]], share: Callable[[Agreement], float]
) -> tuple[float, T | None]:
    """The video that agrees most, and how far; the first of equals."""
    best: tuple[float, T | None] = (0.0, None)
    for name, theirs in others:
        found = share(agreement(looks, theirs))
        if found > best[0]:
            best = (found, name)
    return best


def _video(code: str, id: str, detail: str) -> Rejected:
    return Rejected("perceive", code, "filter", "video", id, detail, video_id=id)


def index_of(benchmark: Benchmark) -> QuestionIndex:
    """The questions of a benchmark that say by themselves where they are from, by their text."""
    index = QuestionIndex()
    for question in benchmark.questions:
        asked = gist(question.text, question.choices)
        if asked.words >= SHORTEST:
            index.add(question.text, asked)
    return index


def sift_questions(
    asked: Sequence[Question], benchmarks: Sequence[tuple[str, QuestionIndex]], settings: Curate
) -> list[Question | Rejected]:
    """All questions of one video, or why they do not go on. Of those that are the same the given one is kept, or the
    one with the smaller id; questions of two kinds are not the same."""
    sifted: list[Question | Rejected] = []
    kept: dict[str, QuestionIndex] = defaultdict(QuestionIndex)
    for question in sorted(asked, key=lambda one: (one.origin != "given", one.id)):
        own = gist(question.text, question.choices)
        found = ((name, index.likest(own, settings.benchmark_question)) for name, index in benchmarks)
        name, theirs = next(((name, text) for name, text in found if text is not None), ("", ""))
        twin = kept[question.kind].likest(own, settings.duplicate_question) if settings.deduplicate else None
        if name:
            why = f"{name}: it asks nearly the same: {without_paths(theirs)!r}"
            sifted.append(_question("contaminated_question", question, why))
        elif twin is not None:
            why = f"it asks nearly the same as {twin!r} about the same video"
            sifted.append(_question("duplicate_question", question, why))
        else:
            kept[question.kind].add(question.id, own)
            sifted.append(question)
    return sifted


def _question(code: str, one: Question, detail: str) -> Rejected:
    return Rejected("ask", code, "filter", "question", one.id, detail, video_id=one.video_id, question_id=one.id)
