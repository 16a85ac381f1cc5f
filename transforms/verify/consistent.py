"""The answer follows from the reasoning: a right answer for a wrong reason teaches the wrong reason."""

from textwrap import indent

import prompts
from schemas.chat import Message
from schemas.trajectory import Verdict
from transforms.engines.structured import Yes
from transforms.verify.case import Case, accept, filtered
from transforms.verify.exam import Examiners, asked

NAME = "consistent"


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat = case.settings.judge, examiners.judge
    if settings is None or chat is None or not settings.consistency:
        return accept(NAME, None, "verify.judge.consistency is off")
    text = prompts.load("judge_consistency").fill(conversation=told(case), answer=case.trajectory.answer)
    reply = await asked(chat, Yes, [Message("user", text)], case, settings.max_tokens)
    if reply.verdict == "no":
        return filtered(NAME, "inconsistent", f"the answer does not follow: {reply.reasoning[:200]}", 0.0)
    return accept(NAME, 1.0)


def told(case: Case) -> str:
    """The conversation as a reader sees it: what is trained, without pictures."""
    thoughts = iter(case.thoughts)
    rows = []
    for turn in case.turns[1:]:
        if turn.role == "assistant":
            calls = [f"calls {call.name} {call.arguments_json}" for call in turn.calls]
            rows.append("\n".join(["ASSISTANT: " + next(thoughts), *calls]))
        elif turn.role == "tool":
            # Indented, so that nothing that is said in a video reads like a line of the record.
            rows.append("TOOL:\n" + indent(turn.look_text, "    "))
        else:
            rows.append("USER: " + "\n".join(part for part in (turn.look_text, turn.text) if part))
    return "\n\n".join(rows)
