"""From what is said of clips to steady names, scenes and a summary, with a captioner that is told what to say."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from schemas.errors import EngineError
from schemas.scan import ClipFrames, Sample, Scan
from schemas.span import Span
from schemas.timeline import Caption, Shot, Timeline
from tests.timelines import make_timeline
from transforms.engines.captions import ClipFacts, Mention, Part, Said, Signals
from transforms.perceive import captions as module
from transforms.perceive.captions import caption_all, facts_of, name_all, with_captions
from transforms.perceive.names import mentions_of
from transforms.store import Store


class Told:
    """Sums up by counting, and takes mentions of equal first letters for the same."""

    identity: dict[str, Any] = {"engine": "told"}
    name = "told"
    tells_scenes = True

    def __init__(self, breaks: str = "") -> None:
        self.asked: list[list[str]] = []
        self.summed: list[tuple[str, list[str]]] = []
        self.ended = 0
        self._breaks = breaks

    async def caption(self, facts: ClipFacts, store: Store) -> Said:
        await asyncio.sleep(0)
        if self._breaks == "caption" and facts.span.start_s == 0:
            raise EngineError("bad_caption", "no")
        self.ended += 1
        return Said(f"A clip at {facts.span.start_s:g}.", 0.5)

    async def same(self, mentions: Sequence[str], store: Store) -> list[list[int]]:
        self.asked.append(list(mentions))
        letters = sorted({mention.split(": ")[1][0] for mention in mentions})
        return [[n for n, one in enumerate(mentions, 1) if one.split(": ")[1][0] == letter] for letter in letters]

    async def sum_up(self, level: Literal["scene", "video"], parts: Sequence[Part], store: Store) -> str:
        self.summed.append((level, [part.text for part in parts]))
        if self._breaks == level:
            raise EngineError("bad_caption", "no")
        return f"{level} of {len(parts)}"


def timeline(clips: int, length_s: float = 10.0) -> Timeline:
    shots = tuple(Shot(f"k{n}", Span(n * length_s, (n + 1) * length_s)) for n in range(clips))
    return replace(make_timeline(duration_s=clips * length_s), clips=shots, shots=shots)


def told(count: int, captioner: Any, store: Store, said: Sequence[Said] = (), length_s: float = 10.0) -> Timeline:
    said = said or [Said(f"clip {n}", 0.5) for n in range(count)]
    return asyncio.run(with_captions(timeline(count, length_s), said, captioner, store))


def test_clips_then_scenes_then_the_video(tmp_path: Path) -> None:
    captioner = Told()
    made = told(13, captioner, Store(tmp_path)).captions
    assert made == (
        *(
            Caption(f"c{n + 1}", Span(n * 10.0, n * 10.0 + 10), f"clip {n}", "clip", 0.5, True, "told")
            for n in range(13)
        ),
        Caption("n1", Span(0.0, 40.0), "scene of 4", "scene", 1.0, True, "told"),
        Caption("n2", Span(40.0, 90.0), "scene of 5", "scene", 1.0, True, "told"),
        Caption("n3", Span(90.0, 130.0), "scene of 4", "scene", 1.0, True, "told"),
        Caption("v1", Span(0.0, 130.0), "video of 3", "video", 1.0, True, "told"),
    )
    assert captioner.summed[-1] == ("video", ["scene of 4", "scene of 5", "scene of 4"])


def test_a_short_video_is_one_scene_and_is_told_of_once(tmp_path: Path) -> None:
    captioner = Told()
    made = told(6, captioner, Store(tmp_path)).captions
    assert [one.level for one in made] == ["clip"] * 6 + ["video"]
    assert captioner.summed == [("video", [f"clip {n}" for n in range(6)])]


def test_a_scene_of_one_clip_is_told_by_its_caption(tmp_path: Path) -> None:
    captioner = Told()
    made = told(3, captioner, Store(tmp_path), length_s=70.0).captions
    assert [one.text for one in made if one.level == "scene"] == ["clip 0", "clip 1", "clip 2"]
    assert [level for level, _ in captioner.summed] == ["video"]


def test_a_very_long_video_is_summed_up_by_stretches(tmp_path: Path) -> None:
    captioner = Told()
    told(62, captioner, Store(tmp_path), length_s=60.0)
    stretches = [len(texts) for level, texts in captioner.summed if level == "scene"]
    assert stretches == [31, 31]
    assert captioner.summed[-1] == ("video", ["scene of 31", "scene of 31"])


def test_names_are_the_same_in_all_that_is_told(tmp_path: Path) -> None:
    captioner = Told()
    said = [
        Said("A woman in green sits.", 1.0, (Mention("person", "woman in green"),)),
        Said("The wise lady stands.", 1.0, (Mention("person", "wise lady"), Mention("person", "nobody"))),
    ]
    made = told(2, captioner, Store(tmp_path), said)
    assert captioner.asked == [["person: woman in green (part 1)", "person: wise lady (part 2)"]]
    texts = ["A woman in green sits.", "The woman in green stands."]
    assert [one.text for one in made.captions if one.level == "clip"] == texts
    assert captioner.summed == [("video", texts)]
    (entity,) = made.entities
    assert (entity.id, entity.name, entity.spans) == ("e1", "woman in green", (Span(0.0, 20.0),))


def test_one_mention_needs_no_call(tmp_path: Path) -> None:
    captioner = Told()
    made = told(1, captioner, Store(tmp_path), [Said("A dog.", 1.0, (Mention("object", "dog"),))])
    assert captioner.asked == []
    assert [entity.name for entity in made.entities] == ["dog"]


def test_many_mentions_are_compared_in_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MENTIONS", 4)
    captioner = Told()
    words = ["a1", "b1", "a2", "b2", "a3", "b3", "c1"]
    mentions = mentions_of([Said(one, 1.0, (Mention("object", one),)) for one in words])
    groups = asyncio.run(name_all(mentions, captioner, Store(tmp_path)))
    assert groups == [(0, 2, 4), (1, 3, 5), (6,)]
    assert [len(asked) for asked in captioner.asked] == [3, 4, 2, 3, 3]
    assert captioner.asked[4] == ["object: a1 (part 1, 3, 5)", "object: b1 (part 2, 4, 6)", "object: c1 (part 7)"]


def test_rounds_end_where_hardly_anything_belongs_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_MENTIONS", 4)
    captioner = Told()
    words = [chr(ord("a") + n) for n in range(20)]
    mentions = mentions_of([Said(one, 1.0, (Mention("object", one),)) for one in words])
    assert asyncio.run(name_all(mentions, captioner, Store(tmp_path))) == [(n,) for n in range(20)]
    assert [len(asked) for asked in captioner.asked] == [4] * 10


@pytest.mark.parametrize("level", ["scene", "video"])
def test_what_fails_ends_the_video(level: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="bad_caption"):
        told(13, Told(level), Store(tmp_path))


def test_all_calls_end_before_an_error_is_told(tmp_path: Path) -> None:
    captioner = Told("caption")
    facts = [ClipFacts(Span(float(n), n + 1.0), (), (), ()) for n in range(5)]
    with pytest.raises(EngineError):
        asyncio.run(caption_all(facts, captioner, Store(tmp_path)))
    assert captioner.ended == 4


def test_signals_tell_of_clips_and_the_video_alone(tmp_path: Path) -> None:
    texts = (
        "a still picture, dark, mostly black; a clip of 10.0 s",
        "strong motion, dark, mostly red; a clip of 10.0 s",
    )
    made = told(26, Signals(), Store(tmp_path), [Said(texts[n % 2], 1.0) for n in range(26)])
    assert [one.level for one in made.captions] == ["clip"] * 26 + ["video"]
    assert made.captions[-1].text == "13 of 26 clips have a still picture; 13 of 26 clips have strong motion."
    assert made.entities == ()
    made = told(3, Signals(), Store(tmp_path), [Said(texts[n % 2], 1.0) for n in range(3)])
    assert made.captions[-1].text == "2 of 3 clips have a still picture; 1 of 3 clips has strong motion."


def test_signals_tell_in_short_of_a_video_that_is_alike_throughout(tmp_path: Path) -> None:
    made = told(3, Signals(), Store(tmp_path), [Said("a still picture, dark, mostly black; a clip of 10.0 s", 1.0)] * 3)
    assert made.captions[-1].text == "a still picture throughout."


def test_a_clip_is_told_with_what_is_surely_heard_and_read_in_it() -> None:
    spans = (Span(0.0, 10.0), Span(10.0, 20.0))
    samples = tuple(Sample(float(n), 90.0, 0.0, ("red",)) for n in range(0, 20, 5))
    frames = tuple(ClipFrames(span, (span.start_s + 1,), (f"picture {n}",)) for n, span in enumerate(spans))
    scan = Scan(640, 360, 20.0, 500, "", spans, frames, samples, (), "", "", 0.0, 0.0, 0)
    heard = make_timeline(
        lines=[("GATE 41", 2.0, 12.0), ("blurred", 3.0, 4.0, (0, 0, 1, 1), False), ("GATE 41", 14.0, 15.0)],
        speech=[("Welcome.", 1.0, 3.0), ("Um", 4.0, 5.0, False), ("Now go.", 9.0, 11.0), ("Bye.", 20.0, 21.0)],
        duration_s=20.0,
    )
    assert facts_of(scan, heard) == (
        ClipFacts(spans[0], samples[:2], (1.0,), ("picture 0",), ("Welcome.", "Now go."), ("GATE 41",)),
        ClipFacts(spans[1], samples[2:], (11.0,), ("picture 1",), ("Now go.",), ("GATE 41",)),
    )
