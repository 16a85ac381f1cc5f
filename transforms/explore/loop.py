"""One rollout: a teacher explores a scene with tools until it answers.

The teacher is given the question, the tools and what they return, nothing else: neither the right answer nor the
evidence ever enters a request. Every turn is a memo of its own, so that a run that is cut off pays for nothing twice.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

import prompts
from schemas.chat import Call, ChatReply, ChatRequest, Message, ReasoningField, read_json
from schemas.codec import canonical, digest, from_json, to_json
from schemas.settings import Explore
from schemas.source import Question
from schemas.trajectory import Turn
from transforms.answers import ask_form
from transforms.engines.chat import Chat, split_answer, tidy_reply
from transforms.store import Store, memo_key
from transforms.tools import finish, overview
from transforms.tools.looks import frames_left
from transforms.tools.registry import WATCHING, call_tool, caption_specs, checked_arguments, missing_before
from transforms.tools.scene import Scene
from transforms.tools.windows import window_of

VERSION = "7"

PROMPTS = ("explore_system", "explore_answer_now", "explore_correct")


@dataclass(frozen=True, slots=True)
class Rollout:
    """A finished conversation in caption space. `code` is empty, or why there is no answer to judge."""

    turns: tuple[Turn, ...]
    answer: str
    code: str
    prompt_tokens: int
    completion_tokens: int


def rollout_seed(settings: Explore, question: Question, rollout: int) -> int:
    """The seed of one rollout, 31 bits: by the entry's seed, the question and the index, never by order or time."""
    return int(digest("seed", settings.seed, question.video_id, question.id, rollout)[:8], 16) >> 1


async def explore(
    scene: Scene, question: Question, rollout: int, settings: Explore, chat: Chat, store: Store
) -> Rollout:
    """Runs the loop to its end.

    Raises:
        EngineError: the teacher could not be reached or broke; what was paid for until then is in the store.
    """
    opening = await overview.TOOL.read(scene, overview.Overview())
    turns = [
        Turn("system", prompts.load("explore_system").fill(max_turns=str(settings.max_turns))),
        Turn("user", ask_form(question), read_text=opening.text, spans=opening.spans, item_ids=opening.item_ids),
    ]
    seed = rollout_seed(settings, question, rollout)
    calls_made, corrected, spent = 0, False, (0, 0)
    reasoning_as: ReasoningField = ""
    echoes: dict[int, str] = {}
    while True:
        last = calls_made >= settings.max_turns
        if last and turns[-1].role == "tool":
            turns.append(Turn("user", prompts.load("explore_answer_now").text))
        request = ChatRequest(
            tuple(_message(turn, echoes.get(n, "")) for n, turn in enumerate(turns)),
            caption_specs(settings.tools),
            "none" if last else "auto",
            settings.temperature,
            seed,
            settings.max_tokens,
            reasoning_as,
        )
        reply = await _ask(chat, request, rollout, seed, store)
        spent = (spent[0] + reply.prompt_tokens, spent[1] + reply.completion_tokens)
        reasoning_as = reply.reasoning_as or reasoning_as
        words, answer = split_answer(reply.text)
        calls = tuple(_own_call(call, len(turns), n, settings) for n, call in enumerate(reply.calls))
        ended = finish.answer_in(calls) if finish.TOOL.caption.name in settings.tools else ""
        if ended:
            answer, calls = ended, ()
        if last:
            # A server may ignore that no call is allowed; nothing would answer it.
            calls = ()
        echoes[len(turns)] = reply.echo
        turns.append(Turn("assistant", words, reply.reasoning, calls))

        if reply.finish in ("refusal", "length"):
            return Rollout(tuple(turns), "", "refusal" if reply.finish == "refusal" else "cut_off", *spent)
        if calls:
            calls_made += 1
            within = await _within_budget(scene, calls, turns)
            turns.extend(await _tool_turns(within, settings, calls, _answered(turns[:-1])))
        elif answer:
            return Rollout(tuple(turns), answer, "", *spent)
        elif last or corrected:
            return Rollout(tuple(turns), "", "no_answer", *spent)
        else:
            corrected = True
            turns.append(Turn("user", prompts.load("explore_correct").text, error=True))


async def _ask(chat: Chat, request: ChatRequest, rollout: int, seed: int, store: Store) -> ChatReply:
    async def complete() -> object:
        return json.loads(to_json(tidy_reply(await chat.complete(request))))

    key = memo_key("chat", VERSION, chat.identity, "", json.loads(to_json(request)), rollout, seed)
    held = await store.amemo(key, complete)
    return from_json(ChatReply, json.dumps(held))


async def _within_budget(scene: Scene, calls: tuple[Call, ...], turns: list[Turn]) -> Scene:
    """The scene with what the turns so far have left of the visual budget, for a call that shows frames."""
    if not any(call.name in WATCHING for call in calls):
        return scene
    return replace(scene, frames_left=frames_left(tuple(turns), await scene.times(), scene.timeline, scene.ground))


async def _tool_turns(
    scene: Scene, settings: Explore, calls: tuple[Call, ...], answered: tuple[Call, ...]
) -> list[Turn]:
    """The answers to a turn's calls. Several calls at once are all refused: one call per turn is the rule. So is a call
    that was `answered`: given the same result again, small models go round in circles."""
    if len(calls) > 1:
        text = f"You made {len(calls)} calls at once. Make one call per turn."
        return [_refused(call, text) for call in calls]
    (call,) = calls
    if any((call.name, call.arguments_json) == (one.name, one.arguments_json) for one in answered):
        return [_refused(call, "You made this call before: its result stands above. Make another call, or answer.")]
    refusal = _window_refusal(scene, call, answered) or _order_refusal(call, answered)
    if refusal:
        return [_refused(call, refusal)]
    seen = await call_tool(scene, settings.tools, call.name, call.arguments_json)
    turn = Turn(
        "tool", call_id=call.id, read_text=seen.text, spans=seen.spans, item_ids=seen.item_ids, error=seen.error
    )
    return [replace(turn, look_text=seen.text) if seen.error else turn]


def _window_refusal(scene: Scene, call: Call, answered: Iterable[Call]) -> str:
    """Why the window of a call may not be opened; empty when it may, or is none, or none that the tool itself takes."""
    wanted = window_of(call)
    if wanted is None or wanted.start_s >= min(wanted.end_s, scene.timeline.duration_s) or call.name not in WATCHING:
        return ""
    opened = (span for one in answered if one.name == call.name and (span := window_of(one)) is not None)
    return scene.windows.refusal(wanted, opened)


def _order_refusal(call: Call, answered: Iterable[Call]) -> str:
    """What has to be called first; empty when nothing has."""
    first = missing_before(call, answered)
    return f"Call {first.name} with {first.arguments_json} first, and then {call.name}." if first else ""


def _refused(call: Call, text: str) -> Turn:
    return Turn("tool", call_id=call.id, read_text=text, look_text=text, error=True)


def _answered(turns: list[Turn]) -> tuple[Call, ...]:
    """The calls that got a result."""
    got = {turn.call_id for turn in turns if turn.role == "tool" and not turn.error}
    return tuple(call for turn in turns for call in turn.calls if call.id in got)


def _message(turn: Turn, echo: str) -> Message:
    """A turn as the teacher sees it: the caption face of tools, the overview before the question, its own turns with
    what the engine wants to see again."""
    text = turn.text
    if turn.role == "tool":
        text = turn.read_text
    elif turn.read_text:
        text = f"{turn.read_text}\n\n{turn.text}"
    return Message(turn.role, text, turn.reasoning, turn.calls, turn.call_id, echo=echo)


def _own_call(call: Call, turn: int, position: int, settings: Explore) -> Call:
    """A call with an id of our own (servers make them up at random) and its arguments spelled one way."""
    given = call.arguments_json or "{}"
    return Call(
        f"call_{turn}_{position}", call.name, checked_arguments(settings.tools, call.name, given) or _respelled(given)
    )


def _respelled(arguments_json: str) -> str:
    """Canonical JSON of what the teacher wrote; the text itself when it is none."""
    try:
        return canonical(read_json(arguments_json))
    except ValueError:
        return arguments_json
