"""What is taken for true of videos and conversations that nothing is known of yet, as (low, high).

The figures are those of 24 real videos of up to three minutes (lectures, trailers, phones) and of 308 rollouts on them,
widened.
"""

import math

import prompts
from pipelines.plan.ranges import Range, exactly
from schemas.settings import Explore, Perceive
from transforms.tools.overview import MOST_PARTS
from transforms.tools.registry import caption_specs

SHORTEST_CLIP_S = 2.0
"""Mean length of clips in a video that is cut fast; trailers and music videos come near it."""

SHORTEST_CHUNK_S = 10.0
"""Mean length of chunks of speech where it is full of pauses; a chunk holds up to 28 s."""

BARREN = 3
"""So many videos may hold nothing to ask about. Of the others each gives at least `SHARE` of `ask.per_video` questions:
a third of what the real videos gave on average (6.4 of 24), of which some gave none."""
SHARE = 1 / 12

BYTES_PER_TOKEN = Range(2.5, 5.0)
"""Of text in tokenizers of today: about 4 of English, fewer of JSON and of other languages."""

FEWEST_REPLIES = 2
"""One look and the answer. The most are `explore.max_turns` looks and the answer; no rollout of many does all that."""

QUESTION_BYTES = Range(60.0, 500.0)
"""A question with its choices: 60 to 463 were seen."""

LINE_BYTES = 100.0
"""A line of the overview, of which there are up to `overview.MOST_PARTS` and three more."""

RESULT_BYTES = Range(40.0, 2000.0)
"""What a tool returns, on average: from "nothing found" to three times the mean that was seen (720)."""

FEWEST_REPLY_TOKENS = 20
"""A call and a sentence. The most is a quarter of `explore.max_tokens`: a limit that replies reach on average would cut
most of them off."""

TURN_TOKENS = 32
"""What chat templates put around a call and its result."""


def clips(length_s: float, settings: Perceive) -> Range:
    return Range(
        math.ceil(length_s / settings.clip_s), max(1, math.ceil(length_s / min(SHORTEST_CLIP_S, settings.clip_s)))
    )


def screens(length_s: float, settings: Perceive) -> Range:
    """From one to every frame that is sampled."""
    if settings.ocr.type == "none":
        return exactly(0)
    return Range(1, math.ceil(length_s * settings.sample_fps) + 1)


def chunks(length_s: float, settings: Perceive, subtitled: bool) -> Range:
    if settings.asr.type == "none" or subtitled:
        return exactly(0)
    return Range(0, math.ceil(length_s / SHORTEST_CHUNK_S))


def made_questions(videos: int, per_video: int) -> Range:
    """Of so many videos that can be read or heard."""
    return Range(math.floor(max(0, videos - BARREN) * per_video * SHARE), videos * per_video)


def opening_bytes(settings: Explore) -> Range:
    """The first request of a rollout: prompt and tools as they are, the overview and a question."""
    system = prompts.load("explore_system").fill(max_turns=str(settings.max_turns))
    specs = caption_specs(settings.tools)
    fixed = len(system.encode()) + sum(len((t.name + t.description + t.parameters_json).encode()) for t in specs)
    return exactly(fixed) + Range(LINE_BYTES, LINE_BYTES * (MOST_PARTS + 3)) + QUESTION_BYTES


def replies(settings: Explore) -> Range:
    """Of one rollout."""
    return Range(FEWEST_REPLIES, settings.max_turns + 1)


def prompt_tokens(opening: Range, settings: Explore) -> Range:
    """Of all requests of one rollout. Each one repeats those before it: n of them hold the opening n times, and what
    the turns between have added n(n-1)/2 times."""
    reply, count = reply_tokens(settings), replies(settings)
    low = RESULT_BYTES.low / BYTES_PER_TOKEN.high + reply.low
    high = RESULT_BYTES.high / BYTES_PER_TOKEN.low + reply.high + TURN_TOKENS
    return Range(
        count.low * opening.low / BYTES_PER_TOKEN.high + low * count.low * (count.low - 1) / 2,
        count.high * opening.high / BYTES_PER_TOKEN.low + high * count.high * (count.high - 1) / 2,
    )


def reply_tokens(settings: Explore) -> Range:
    """Of one reply."""
    least = min(FEWEST_REPLY_TOKENS, settings.max_tokens)
    return Range(least, max(least, settings.max_tokens / 4))
