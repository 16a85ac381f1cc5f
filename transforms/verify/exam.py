"""Asking a model about a trajectory: each question to it is asked once, whatever becomes of the run.

What a model is shown here is never more than what the verifier says: no reasoning, no right answer, no evidence, unless
that is what it is to judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import prompts
from schemas.chat import ChatReply, ChatRequest, Message
from schemas.codec import digest
from schemas.source import Question
from transforms.answers import Judgement, ask_form, grade
from transforms.engines.ask_once import ask_once
from transforms.engines.chat import Chat
from transforms.engines.structured import S, Shape, ask_for
from transforms.same_answer import same_answer
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
    size = max_pixels if any(message.pictures for message in messages) else 0

    async def ask(one: ChatRequest) -> ChatReply:
        return await ask_once("exam", VERSION, chat, one, case.store, size, number)

    return await ask_for(shape, request, ask, "exam")
