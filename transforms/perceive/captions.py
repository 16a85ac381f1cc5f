"""Captions of clips, then what is made of them: steady names, scenes, and a summary of the video.

Map, then reduce: nothing here is remembered, for every call that costs something is a memo of the captioner's.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from schemas.scan import Scan
from schemas.span import Span
from schemas.timeline import Caption, Timeline
from transforms.engines.captions import Captioner, ClipFacts, Part, Said
from transforms.perceive.names import Group, Named, entities_of, mentions_of, merge, rename
from transforms.perceive.scenes import group_clips
from transforms.store import Store

MOST_MENTIONS = 200
"""Mentions in one call: about 4,000 tokens, and lists much longer than this are not followed to their end."""
MOST_PARTS = 60
"""Texts that are summed up at once: an hour of scenes, about 6,000 tokens."""
_WORTH = 0.9
"""A round that leaves more than this share of the names has not brought much."""

_MOST_CLIPS_TOLD = 5
"""Clips that a mention is told with; more would say nothing new of who it is."""

T = TypeVar("T")


def facts_of(scan: Scan, timeline: Timeline) -> tuple[ClipFacts, ...]:
    """What may be told of each clip: its frames, and what is surely heard and read while it lasts."""
    return tuple(
        ClipFacts(
            clip.span,
            tuple(s for s in scan.samples if clip.span.contains(s.pts_s)),
            clip.pts_s,
            clip.pictures,
            _texts(clip.span, timeline.speech),
            _texts(clip.span, timeline.lines),
        )
        for clip in scan.clips
    )


def _texts(span: Span, items: Iterable[Any]) -> tuple[str, ...]:
    """The texts of sure items that meet a span, each once."""
    return tuple(dict.fromkeys(item.text for item in items if item.sure and item.span.overlap_s(span) > 0))


async def caption_all(facts: Sequence[ClipFacts], captioner: Captioner, store: Store) -> tuple[Said, ...]:
    """What the captioner says of each clip.

    Raises:
        EngineError: it failed on one.
    """
    return tuple(await _together(captioner.caption(of_clip, store) for of_clip in facts))


async def with_captions(timeline: Timeline, said: Sequence[Said], captioner: Captioner, store: Store) -> Timeline:
    """The timeline with captions of all its clips, of scenes where the captioner tells of them, and of the video.

    `said` is of each clip in order.

    Raises:
        EngineError: the captioner failed.
    """
    spans = [clip.span for clip in timeline.clips]
    mentions = mentions_of(said)
    groups = await name_all(mentions, captioner, store)
    texts = rename(said, mentions, groups)
    parts = [Part(span, text) for span, text in zip(spans, texts, strict=True)]
    scenes = await _scenes(parts, timeline, captioner, store) if captioner.tells_scenes else []
    whole = Part(Span(0.0, timeline.duration_s), await _sum_up(scenes or parts, captioner, store))
    name = captioner.name
    captions = (
        *(
            Caption(f"c{n}", p.span, p.text, "clip", s.score, True, name)
            for n, (p, s) in enumerate(zip(parts, said, strict=True), 1)
        ),
        *(Caption(f"n{n}", p.span, p.text, "scene", 1.0, True, name) for n, p in enumerate(scenes, 1)),
        Caption("v1", whole.span, whole.text, "video", 1.0, True, name),
    )
    return replace(timeline, captions=captions, entities=entities_of(mentions, groups, spans, name))


async def name_all(mentions: Sequence[Named], captioner: Captioner, store: Store) -> list[Group]:
    """Which mentions are the same, over the whole video.

    One call tells all of them where they fit. Else they are told in calls of at most `MOST_MENTIONS`, and what comes of
    them is told again under the names it got until one call holds all of it: in turn with those together that are near
    in time, and those whose words are alike, which are the two ways to find each other. Where neither brings much any
    more, that is given up.

    Raises:
        EngineError: the captioner failed.
    """
    groups: list[Group] = [(n,) for n in range(len(mentions))]
    by_time, in_vain = True, 0
    while len(groups) > 1:
        chunks = _split(_ordered(groups, mentions, by_time), MOST_MENTIONS)
        told = await _together(captioner.same([_told(group, mentions) for group in chunk], store) for chunk in chunks)
        merged = [group for chunk, of in zip(chunks, told, strict=True) for group in merge(chunk, of, mentions)]
        in_vain = in_vain + 1 if len(merged) > _WORTH * len(groups) else 0
        groups, by_time = sorted(merged, key=min), not by_time
        if len(chunks) == 1 or in_vain == 2:
            break
    return groups


def _ordered(groups: Sequence[Group], mentions: Sequence[Named], by_time: bool) -> list[Group]:
    """Groups of one kind together: those of different kinds are never the same."""
    firsts = {group: mentions[group[0]].mention for group in groups}
    return sorted(groups, key=lambda g: (firsts[g].kind, "" if by_time else firsts[g].words.casefold(), min(g)))


def _told(group: Group, mentions: Sequence[Named]) -> str:
    """A group as the model is told of it: its kind, its name, and the clips of the video that it is seen in."""
    first = mentions[group[0]].mention
    clips = sorted({mentions[position].clip + 1 for position in group})
    return f"{first.kind}: {first.words} (part {', '.join(map(str, clips[:_MOST_CLIPS_TOLD]))})"


async def _scenes(parts: Sequence[Part], timeline: Timeline, captioner: Captioner, store: Store) -> list[Part]:
    """What happens in each scene; none where the whole video is one, or a scene is one clip: that is told already."""
    scenes = group_clips([part.span for part in parts], {shot.span.start_s for shot in timeline.shots})
    if len(scenes) < 2:
        return []
    return await _together(_scene([parts[n] for n in scene], captioner, store) for scene in scenes)


async def _scene(parts: Sequence[Part], captioner: Captioner, store: Store) -> Part:
    span = Span(parts[0].span.start_s, parts[-1].span.end_s)
    return Part(span, parts[0].text if len(parts) == 1 else await captioner.sum_up("scene", parts, store))


async def _sum_up(parts: Sequence[Part], captioner: Captioner, store: Store) -> str:
    """The whole video in short. Of very long ones stretches are summed up first, until one call holds them all."""
    while captioner.tells_scenes and len(parts) > MOST_PARTS:
        parts = await _together(_scene(stretch, captioner, store) for stretch in _split(parts, MOST_PARTS))
    return await captioner.sum_up("video", parts, store)


def _split(items: Sequence[T], most: int) -> list[Sequence[T]]:
    """The items in as few runs of at most `most` as there can be, of about equal length."""
    count = -(-len(items) // most)
    edges = [len(items) * n // count for n in range(count + 1)]
    return [items[first:end] for first, end in zip(edges, edges[1:], strict=False)]


async def _together(calls: Iterable[Awaitable[T]]) -> list[T]:
    """The results of calls that are made at once; all of them end, so that none is paid for in vain, before the first
    error is raised."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return list(results)  # type: ignore[arg-type]
