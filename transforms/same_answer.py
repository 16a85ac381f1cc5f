"""Whether an open answer says the same as the right one in other words: asked of a model, once for the same words."""

import prompts
from schemas.chat import ChatReply, ChatRequest, Message
from schemas.settings import Judge
from schemas.source import Question
from transforms.answers import state
from transforms.engines.ask_once import ask_once
from transforms.engines.chat import Chat
from transforms.engines.structured import Yes, ask_for
from transforms.store import Store

VERSION = "1"


async def same_answer(question: Question, said: str, settings: Judge, chat: Chat, store: Store) -> bool:
    """Of an open question whose answer is not right by its words.

    Raises:
        EngineError: it could not be asked; that is no wrong answer.
    """
    text = prompts.load("judge_answer").fill(question=question.text, right=state(question), said=said)
    request = ChatRequest((Message("user", text),), (), "none", 0.0, 0, settings.max_tokens)

    async def ask(one: ChatRequest) -> ChatReply:
        return await ask_once("same", VERSION, chat, one, store)

    return (await ask_for(Yes, request, ask, "judgement")).verdict == "yes"
