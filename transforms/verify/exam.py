"""Asking a model about a trajectory: each question to it is asked once, whatever becomes of the run.

What a model is shown here is never more than what the verifier says: no reasoning, no right answer, no evidence, unless
that is what it is to judge.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import prompts
from schemas.chat import ChatReply, ChatRequest, Message
from schemas.codec import digest, from_json, to_json
from schemas.source import Question
from transforms.answers import Judgement, ask_form, grade
from transforms.engines.chat import Chat, tidy_reply
from transforms.engines.structured import S, Shape, ask_for
from transforms.media.picture import shrunk
from transforms.same_answer import same_answer
from transforms.store import Store, memo_key
from transforms.verify.case import Case

VERSION = "1"

_ANY_SIZE = 1 << 62


@dataclass(frozen=True, slots=True)
class Examiners:
    """The models that verifiers may ask; None where the entry names none. `thumbnails` are digests of pictures that are
    spread over the video."""

    need: Chat | None = None
    answerer: Chat | None = None
    judge: Chat | None = None
    thumbnails: tuple[str, ...] = ()


class Answered(Shape):
    reasoning: str
    answer: str


async def answer_to(
    chat: Chat,
    question: Question,
    shown: str,
    pictures: Sequence[str],
    case: Case,
    max_tokens: int,
    temperature: float = 0.0,
    number: int = 0,
    max_pixels: int = _ANY_SIZE,
) -> str:
    """What a model answers that is given the question, some text and some pictures; `number` tells tries apart.

    Raises:
        EngineError: no answer could be had; that is no wrong answer.
    """
    text = prompts.load("exam_answer").fill(shown=shown or "Nothing.", question=ask_form(question))
    message = Message("user", text, pictures=tuple(pictures))
    ask = partial(asked, chat, Answered, [message], case, max_tokens, temperature, number, max_pixels)
    return (await ask()).answer


async def judged(question: Question, said: str, case: Case, examiners: Examiners) -> Judgement:
    """Whether an answer is right: by its words, or by the judge's reading where the entry lets one read answers.

    Raises:
        EngineError: the judge cannot be asked.
    """
    judgement, settings = grade(question, said, case.settings), case.settings.judge
    if judgement.right or not said or question.kind != "open" or settings is None or not settings.answers:
        return judgement
    assert examiners.judge is not None, "models that are named are built"
    same = await same_answer(question, said, settings, examiners.judge, case.store)
    return Judgement(same, float(same), judgement.detail)


async def asked(
    chat: Chat,
    shape: type[S],
    messages: Sequence[Message],
    case: Case,
    max_tokens: int,
    temperature: float = 0.0,
    number: int = 0,
    max_pixels: int = _ANY_SIZE,
) -> S:
    """The object that a model replies.

    Raises:
        EngineError: `bad_exam`, `refused_exam`, or the model cannot be reached.
    """
    question = case.trajectory.question
    seed = int(digest("exam", question.video_id, question.id, number)[:8], 16) >> 1
    request = ChatRequest(tuple(messages), (), "none", temperature, seed, max_tokens)
    return await ask_for(shape, request, lambda one: _remembered(chat, one, number, max_pixels, case.store), "exam")


async def _remembered(chat: Chat, request: ChatRequest, number: int, max_pixels: int, store: Store) -> ChatReply:
    async def complete() -> object:
        names = {name for message in request.messages for name in message.pictures}
        # Read before the call, off the event loop that all calls share.
        loaded = await asyncio.to_thread(lambda: {name: shrunk(store.blob(name), max_pixels) for name in names})
        return json.loads(to_json(tidy_reply(await chat.complete(request, loaded.__getitem__))))

    shown = any(message.pictures for message in request.messages)
    inputs = [json.loads(to_json(request)), max_pixels if shown else 0]
    key = memo_key("exam", VERSION, chat.identity, "", inputs, rollout=number, seed=request.seed)
    return from_json(ChatReply, json.dumps(await store.amemo(key, complete)))
