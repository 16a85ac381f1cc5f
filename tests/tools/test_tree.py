"""The tree of captions: its shape, what a part is told by, and the calls that cannot be done."""

import asyncio
from dataclasses import replace

import pytest

from schemas.span import Span
from schemas.timeline import Caption, Shot
from tests.timelines import found_by_words, make_timeline
from tests.tools.test_tools import call, look, scene
from transforms.tools import tree
from transforms.tools.get_caption import Part, read


@pytest.mark.parametrize(
    ("duration_s", "wide"),
    [(0.5, 4), (16.0, 4), (1024.0, 4), (1457.0, 4), (1459.0, 5), (2000.0, 5), (8192.0, 8), (100_000.0, 8)],
)
def test_the_width_is_the_cube_root_of_the_clips_from_4_to_8(duration_s: float, wide: int) -> None:
    """4.5 ** 3 x 16 s = 1458 s is where 4 becomes 5."""
    assert tree.width(duration_s) == wide


@pytest.mark.parametrize("duration_s", [2.0, 60.0, 1000.0, 7213.37])
def test_parts_lie_side_by_side_and_fill_what_they_are_parts_of(duration_s: float) -> None:
    for path in ((), (1,), (2, 3), (4, 4)):
        whole, parts = tree.span_of(duration_s, path), tree.parts_of(duration_s, path)
        spans = [span for _, span in parts]
        assert [name for name, _ in parts] == [(*path, n) for n in range(1, tree.width(duration_s) + 1)]
        assert abs(spans[0].start_s - whole.start_s) <= 0.001
        assert abs(spans[-1].end_s - whole.end_s) <= 0.001
        assert all(abs(a.end_s - b.start_s) <= 0.001 for a, b in zip(spans, spans[1:], strict=False))
        assert max(s.length_s for s in spans) - min(s.length_s for s in spans) <= 0.002
    assert tree.span_of(duration_s, ()) == Span(0.0, duration_s)
    assert tree.parts_of(duration_s, (1, 1, 1)) == ()


def test_a_part_is_told_by_the_captions_of_its_clips() -> None:
    seen = call("get_caption", path="2")
    assert seen.text == (
        "Caption of 2, from 15.0 s to 30.0 s:\n[15.0-20.0] seen: scene number 1\n[20.0-30.0] seen: scene number 2\n"
        "Its parts:\n2,1 [15.0-18.8]\n2,2 [18.8-22.5]\n2,3 [22.5-26.2]\n2,4 [26.2-30.0]"
    )
    assert (seen.spans, seen.item_ids) == ((Span(15.0, 30.0),), ("c1", "c2"))
    assert look("get_caption", seen, path="2") == (seen.text, [], (Span(15.0, 30.0),)), "told unchanged"
    assert call("get_caption", path="2,2,4").text == (
        "Caption of 2,2,4, from 21.6 s to 22.5 s:\n[21.6-22.5] seen: scene number 2"
    )


def test_a_part_of_many_clips_is_told_by_its_scenes_and_by_few_of_them() -> None:
    clips = tuple(Shot(f"k{n}", Span(n * 2.0, n * 2.0 + 2)) for n in range(60))
    told = tuple(Caption(f"c{n}", clip.span, f"clip {n}", "clip", 1.0, True, "test") for n, clip in enumerate(clips))
    timeline = replace(make_timeline(duration_s=120.0), clips=clips, captions=told)
    assert [c.id for c in tree.captions_of(timeline, Span(0.0, 30.0))] == ["c0", "c3", "c6", "c9", "c12"]
    scenes = tuple(
        Caption(f"n{n}", Span(n * 20.0, n * 20.0 + 20), f"scene {n}", "scene", 1.0, n != 1, "test") for n in range(6)
    )
    timeline = replace(timeline, captions=(*told, *scenes))
    assert [c.id for c in tree.captions_of(timeline, Span(0.0, 60.0))] == ["n0", "n2"], "the unsure one is left out"
    assert [c.id for c in tree.captions_of(timeline, Span(0.0, 8.0))] == ["c0", "c1", "c2", "c3"]


def test_where_nothing_was_noted_it_says_so() -> None:
    bare = found_by_words(replace(scene().timeline, captions=()))
    seen = asyncio.run(read(bare, Part(path="1,1,1")))
    assert seen.text == "Caption of 1,1,1, from 0.0 s to 0.9 s:\nNothing was noted."


@pytest.mark.parametrize("written", ["2,1", "(2,1)", "[2, 1]", " 2 , 01 "])
def test_a_path_has_one_spelling(written: str) -> None:
    assert Part(path=written).path == "2,1"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "must be one to three numbers with commas between, such as 2,1"),
        ("first", "must be one to three numbers with commas between, such as 2,1"),
        ("1,2,3,4", "must be one to three numbers with commas between, such as 2,1"),
        ("2,-1", "must be one to three numbers with commas between, such as 2,1"),
        ("5", "There is no part 5. Each number of a path is from 1 to 4."),
        ("1,0", "There is no part 1,0. Each number of a path is from 1 to 4."),
        (2, "path: Input should be a valid string"),
    ],
)
def test_a_part_that_is_none(path: object, told: str) -> None:
    seen = call("get_caption", path=path)
    assert seen.error
    assert told in seen.text
