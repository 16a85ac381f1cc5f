"""The video is needed: without it, or with a glance at it, the question is not answered.

A question that can be answered blind teaches a model that looking is for show. Each run is given less than a look:
the question alone, its choices alone, the overview, or a few thumbnails.
"""

import asyncio
import random
import re
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from math import comb
from typing import Any

import prompts
from schemas.chat import Message
from schemas.codec import digest
from schemas.errors import EngineError
from schemas.settings import BlindView, Need
from schemas.source import Question
from schemas.trajectory import Verdict
from transforms.answers import lettered
from transforms.engines.chat import Chat
from transforms.verify.case import Case, accept, filtered
from transforms.verify.exam import Answered, Examiners, answer_to, asked, judged

NAME = "need"

_REFERS = re.compile(r"\b[A-Z] (?:and|or) [A-Z]\b|\b(?:of|the) (?:above|these|others)\b", re.IGNORECASE)
"""Choices that speak of other choices hang on their order."""

WHAT = {
    "question": "the question alone",
    "options": "its choices alone",
    "overview": "the overview alone",
    "thumbnails": "a few thumbnails",
}


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat = case.settings.need, examiners.need
    if settings is None or chat is None:
        return accept(NAME, None, "verify.need names no model")
    most = 0.0
    for view in settings.without:
        if view == "options" and case.trajectory.question.kind != "choice":
            continue
        tries = (_hit(case, settings, chat, view, examiners, number) for number in range(settings.tries))
        hits = sum(await _all(tries))
        most = max(most, hits / settings.tries)
        if hits >= least_hits(case.trajectory.question, settings):
            detail = f"{hits} of {settings.tries} tries were right from {WHAT[view]}"
            return filtered(NAME, f"answerable_from_{view}", detail, round(hits / settings.tries, 4))
    return accept(NAME, round(most, 4))


async def _all(tries: Iterable[Coroutine[Any, Any, bool]]) -> list[bool]:
    """All outcomes. Errors are raised when all have come: one that may pass first, else the first in order, so that it
    does not hang on which came first.
    """
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    errors = [one for one in outcomes if isinstance(one, BaseException)]
    if errors:
        raise next((one for one in errors if not isinstance(one, EngineError) or one.transient), errors[0])
    return [one for one in outcomes if isinstance(one, bool)]


def least_hits(question: Question, settings: Need) -> int:
    """From how many right tries on a question counts as answered.

    More than half; of choices so many that guessing alone comes there, in any of the runs, with a probability of at
    most `settings.luck` (binomial, shared out over the kinds of runs); all of them where no number is rare enough.
    """
    tries, half = settings.tries, settings.tries // 2 + 1
    if question.kind != "choice":
        return half
    chance, allowed = 1 / len(question.choices), settings.luck / len(settings.without)
    for hits in range(half, tries + 1):
        if sum(comb(tries, k) * chance**k * (1 - chance) ** (tries - k) for k in range(hits, tries + 1)) <= allowed:
            return hits
    return tries


async def _hit(case: Case, settings: Need, chat: Chat, view: BlindView, examiners: Examiners, number: int) -> bool:
    """Whether one try is right."""
    question = _shuffled(case.trajectory.question, number)
    if view == "options":
        said = await _from_options(case, settings, chat, question, number)
    else:
        shown, pictures = _given(case, view, examiners.thumbnails)
        pixels = settings.thumbnail_pixels if view == "thumbnails" else case.ground.pixels_per_frame
        said = await answer_to(
            chat, question, shown, pictures, case, settings.max_tokens, settings.temperature, number, pixels
        )
    return (await judged(question, said, case, examiners)).right


async def _from_options(case: Case, settings: Need, chat: Chat, question: Question, number: int) -> str:
    options = "\n".join(lettered(question.choices))
    message = Message("user", prompts.load("exam_options").fill(options=options))
    reply = await asked(chat, Answered, [message], case, settings.max_tokens, settings.temperature, number)
    return reply.answer


def _given(case: Case, view: BlindView, thumbnails: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The text and the pictures that a run is given besides the question."""
    if view == "overview":
        opening = case.trajectory.turns[1]
        return opening.look_text, tuple(case.trajectory.frames[ref].sha256 for ref in opening.frame_refs)
    length = f"The video lasts {case.timeline.duration_s:.1f} s."
    return (length, thumbnails) if view == "thumbnails" else ("", ())


def _shuffled(question: Question, number: int) -> Question:
    """The question with its choices in another order for every try: a habit of saying A must not pass for knowledge."""
    if question.kind != "choice" or any(map(_REFERS.search, question.choices)):
        return question
    order = random.Random(digest("need", question.video_id, question.id, number))
    return replace(question, choices=tuple(order.sample(question.choices, len(question.choices))))
