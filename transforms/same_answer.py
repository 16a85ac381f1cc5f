"""Whether an open answer says the same as the right one in other words: asked of a model, once for the same words."""

import json

import prompts
from schemas.chat import ChatReply, ChatRequest, Message
from schemas.codec import from_json, to_json
from schemas.settings import Judge
from schemas.source import Question
from transforms.answers import state
from transforms.engines.chat import Chat, tidy_reply
from transforms.engines.structured import Yes, ask_for
from transforms.store import Store, memo_key

VERSION = "1"


async def same_answer(question: Question, said: str, settings: Judge, chat: Chat, store: Store) -> bool:
    """Of an open question whose answer is not right by its words.

    Raises:
        EngineError: it could not be asked; that is no wrong answer.
    """
    text = prompts.load("judge_answer").fill(question=question.text, right=state(question), said=said)
    request = ChatRequest((Message("user", text),), (), "none", 0.0, 0, settings.max_tokens)

    async def remembered(request: ChatRequest) -> ChatReply:
        async def complete() -> object:
            return json.loads(to_json(tidy_reply(await chat.complete(request))))

        key = memo_key("same", VERSION, chat.identity, "", [json.loads(to_json(request))], seed=request.seed)
        return from_json(ChatReply, json.dumps(await store.amemo(key, complete)))

    return (await ask_for(Yes, request, remembered, "judgement")).verdict == "yes"
