"""Captions per clip and a summary of the video, each a memo of its own."""

import json

from schemas.codec import to_json
from schemas.scan import ClipFrames, Scan
from schemas.span import Span, seconds
from schemas.timeline import Caption
from transforms.engines.captions import Captioner, ClipFacts, Said
from transforms.store import Store, memo_key

VERSION = "1"


async def caption_clip(scan: Scan, clip: ClipFrames, captioner: Captioner, store: Store) -> Said:
    """What the captioner says of one clip."""
    samples = tuple(s for s in scan.samples if clip.span.contains(s.pts_s))
    facts = ClipFacts(clip.span, samples, clip.pictures)

    async def ask() -> object:
        return json.loads(to_json(await captioner.caption(facts)))

    held = await store.amemo(memo_key("caption", VERSION, captioner.identity, "", json.loads(to_json(facts))), ask)
    return Said(**held)


async def summarise(said: tuple[Said, ...], duration_s: float, captioner: Captioner, store: Store) -> Said:
    """What the captioner says of the whole video, given what it said of the clips."""
    texts = [one.text for one in said]

    async def ask() -> object:
        return json.loads(to_json(await captioner.summarise(texts, duration_s)))

    held = await store.amemo(memo_key("summary", VERSION, captioner.identity, "", [texts, duration_s]), ask)
    return Said(**held)


def to_captions(scan: Scan, clips: tuple[Said, ...], video: Said, engine: str) -> tuple[Caption, ...]:
    """Captions as items of the timeline: clips in order, then the video's summary."""
    items = [
        Caption(f"c{n}", clip.span, said.text, "clip", said.score, True, engine)
        for n, (clip, said) in enumerate(zip(scan.clips, clips, strict=True), 1)
    ]
    whole = Span(0.0, seconds(scan.duration_s))
    return (*items, Caption("v1", whole, video.text, "video", video.score, True, engine))
