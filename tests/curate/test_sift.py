"""Which videos and questions go on: the choice hangs on nothing but what comes before, in an order of its own."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipelines.target import video_place
from schemas.benchmark import Benchmark, BenchmarkQuestion
from schemas.settings import Curate
from schemas.source import Question, Rejected
from transforms.curate.sift import Film, index_of, sift_questions, sift_videos
from transforms.media.phash import BYTES

SETTINGS = Curate()


def noise(count: int, seed: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count * BYTES, dtype=np.uint8).tobytes()


def corpus() -> dict[str, bytes]:
    """Sixty videos, of which some are copies or trimmed copies of others."""
    drawn = random.Random(4)
    found = {f"v{n}": noise(40, n) for n in range(30)}
    for n in range(30, 60):
        original = found[f"v{drawn.randrange(n)}"]
        cut = drawn.choice((0, 0, 3)) * BYTES
        found[f"v{n}"] = original[cut:] if drawn.random() < 0.6 else noise(40, n)
    return found


def kept(looks: dict[str, bytes], settings: Curate = SETTINGS) -> set[str]:
    return set(looks) - set(sift_videos(looks, [], settings, video_place))


def test_of_copies_the_first_in_order_is_kept_whatever_comes_in_first() -> None:
    looks = corpus()
    found = kept(looks)
    assert 30 <= len(found) < 60
    assert kept(dict(reversed(looks.items()))) == found
    assert kept(looks, replace_curate(deduplicate=False)) == set(looks)


def test_a_part_of_the_videos_gives_the_same_choice() -> None:
    """As with --limit, and in rounds towards a target."""
    looks = corpus()
    ordered = sorted(looks, key=video_place)
    found = kept(looks)
    for count in (1, 7, 20, 41, 60):
        assert kept({id: looks[id] for id in ordered[:count]}) == found & set(ordered[:count])


def replace_curate(**changes: object) -> Curate:
    return Curate.model_validate({**SETTINGS.model_dump(), **changes})


def test_rows_of_videos() -> None:
    film, other = noise(40, 0), noise(40, 1)
    looks = {"soup": film, "broth": film, "piece": other[10 * BYTES : 30 * BYTES], "alone": noise(40, 2)}
    films = [Film("lv", "x9", noise(40, 3)), Film("mme", "film 7", other)]
    rows = sift_videos(looks, films, SETTINGS, video_place)
    assert video_place("soup") < video_place("broth")
    assert rows == {
        "broth": Rejected(
            "perceive",
            "near_duplicate_video",
            "filter",
            "video",
            "broth",
            "it shows the same as 'soup', which is kept (1.00 of the pictures of both agree)",
            video_id="broth",
        ),
        "piece": Rejected(
            "perceive",
            "contaminated_video",
            "filter",
            "video",
            "piece",
            "mme: its pictures are those of 'film 7' (1.00 of them agree)",
            video_id="piece",
        ),
    }


def test_what_is_turned_away_takes_nothing_else_with_it() -> None:
    """A copy of a video that a benchmark has is the benchmark's too, and not a copy of what is not there."""
    film = noise(40, 0)
    rows = sift_videos({"soup": film, "broth": film}, [Film("lv", "x", film)], SETTINGS, video_place)
    assert {row.code for row in rows.values()} == {"contaminated_video"}
    assert len(rows) == 2


PATH = "See /home/x/y.png: who is in that picture here?"
LONG = "What does the man in the green coat put on the table after the woman has left?"


def asked(id: str, text: str, origin: str = "given", **more: Any) -> Question:
    return replace(Question(id, "v", text, "open", "a box", origin=origin), **more)


def sifted(questions: list[Question], benchmarks: list[Benchmark] | None = None) -> dict[str, str]:
    """Id → empty for what goes on, else code and detail."""
    indexes = [(one.name, index_of(one)) for one in benchmarks or []]
    found = sift_questions(questions, indexes, SETTINGS)
    assert sorted(one.id for one in found) == sorted(one.id for one in questions)
    return {one.id: f"{one.code}: {one.detail}" if isinstance(one, Rejected) else "" for one in found}


@pytest.mark.parametrize("turn", [False, True])
def test_a_question_is_asked_once_of_a_video(turn: bool) -> None:
    questions = [
        asked("b", LONG.upper()),
        asked("a", LONG, "ask/speech"),
        asked("c", LONG.replace("man", "boy")),
        asked("d", LONG, kind="choice", choices=("a box", "a hat")),
        asked("e", LONG, kind="choice", choices=("a cup", "a jug")),
        asked("f", LONG, kind="choice", choices=("a jug", "a cup")),
    ]
    assert sifted(questions[::-1] if turn else questions) == {
        "a": "duplicate_question: it asks nearly the same as 'b' about the same video",
        "b": "",
        "c": "",
        "d": "",
        "e": "",
        "f": "duplicate_question: it asks nearly the same as 'e' about the same video",
    }


def test_a_question_of_a_benchmark() -> None:
    lists = [
        Benchmark("lv", "", (), (BenchmarkQuestion("Who is it?"), BenchmarkQuestion(PATH))),
        Benchmark("mme", "", (), (BenchmarkQuestion(LONG),)),
    ]
    found = sifted([asked("a", LONG), asked("b", LONG), asked("c", "Who is it?"), asked("d", PATH)], lists)
    assert found == {
        "a": f"contaminated_question: mme: it asks nearly the same: {LONG!r}",
        "b": f"contaminated_question: mme: it asks nearly the same: {LONG!r}",
        "c": "",
        "d": "contaminated_question: lv: it asks nearly the same: 'See y.png: who is in that picture here?'",
    }
