"""What frametrail adds to calling a model, against plain loops in the same run: `python -m tests.bench_calls`.

A double of the API answers after 100 ms, with 64 calls in flight. Each case is told from the first request to the last
reply, by the double's own log, beside the ideal (as if calls took nothing but the latency):

    turns      2,000 single turns: a bare loop over AsyncOpenAI; ours: memo, gate, purse and the engine
    rollouts   300 rollouts of 5 turns: a bare loop of conversations; ours: the explore stage in Beam, tools included
    weather    the turns with 5 % 429 (Retry-After: 1) and 2 % 500: a loop that retries by hand; ours

The loops keep nothing, so ours pays for its store and its records. Rounds alternate, the quickest of each counts.
"""

import asyncio
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from schemas.chat import ChatRequest, Message
from schemas.codec import digest, to_json
from schemas.refs import Asked, Kept, Perceived
from schemas.settings import Explore, Limits, OpenAISettings, Verify
from schemas.source import Question, Video
from schemas.trajectory import Lineage
from tests.engines.api_double import api_double, read_log
from tests.timelines import make_timeline
from transforms.engines import build
from transforms.explore.loop import _ask
from transforms.store import Store

LATENCY_S = 0.1
IN_FLIGHT = 64
TURNS = 2000
ROLLOUTS, TURNS_EACH = 300, 5
ROUNDS = 6
WEATHER = {"refused": 0.05, "broken": 0.02}


def model_at(url: str) -> OpenAISettings:
    return OpenAISettings(model="m", base_url=url, api_key_env="", limits=Limits(in_flight=IN_FLIGHT))


def body_of(n: int) -> dict[str, Any]:
    return {
        "model": "m",
        "messages": [{"role": "user", "content": f"Question {n}"}],
        "temperature": 0.7,
        "seed": n,
        "max_completion_tokens": 100,
    }


async def bare_turns(url: str, retrying: bool) -> int:
    """A semaphore around the client; what is refused or broken is tried again by hand."""
    import openai

    free = asyncio.Semaphore(IN_FLIGHT)

    async def one(n: int) -> None:
        for wait_s in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0):
            try:
                async with free:
                    await client.chat.completions.create(**body_of(n))
                return
            except openai.RateLimitError as error:
                await asyncio.sleep(float(error.response.headers["retry-after"]))
            except openai.APIStatusError:
                if not retrying:
                    raise
                await asyncio.sleep(wait_s)
        raise SystemExit("the loop gave a call up")

    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        await asyncio.gather(*map(one, range(TURNS)))
    return TURNS


async def our_turns(url: str) -> int:
    with tempfile.TemporaryDirectory() as root:
        chat, store = build.chat(model_at(url)), Store(root)
        free = asyncio.Semaphore(IN_FLIGHT)

        async def one(n: int) -> None:
            request = ChatRequest((Message("user", f"Question {n}"),), (), "none", 0.7, n, 100)
            async with free:
                await _ask(chat, request, 0, n, store)

        await asyncio.gather(*map(one, range(TURNS)))
        return store.counts["chat", "made"]


async def bare_rollouts(url: str) -> int:
    """Conversations as a script would hold them: the calls are answered with a line each."""
    import openai

    free = asyncio.Semaphore(IN_FLIGHT)
    tools: list[Any] = [
        {"type": "function", "function": {"name": "caption_zoom", "description": "Zoom.", "parameters": {}}}
    ]

    async def one(n: int) -> None:
        messages: list[Any] = [{"role": "user", "content": f"Question {n}"}]
        async with free:
            for _ in range(TURNS_EACH):
                reply = await client.chat.completions.create(
                    model="m", messages=messages, tools=tools, temperature=0.7, seed=n, max_completion_tokens=100
                )
                said = reply.choices[0].message
                messages.append(said.model_dump(exclude_none=True))
                messages += [
                    {"role": "tool", "tool_call_id": call.id, "content": "nothing"} for call in said.tool_calls or ()
                ]

    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        await asyncio.gather(*map(one, range(ROLLOUTS)))
    return ROLLOUTS


def our_rollouts(url: str) -> int:
    """The explore stage as a build runs it."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from transforms.explore.transform import ExploreQuestions

    with tempfile.TemporaryDirectory() as root:
        store = build.store(root)
        timeline = make_timeline([("GATE 14", 2, 20)], [("the ferry leaves at noon", 5, 8)])
        video = Video("v", "v.mp4", "v.mp4", digest("v"))
        perceived = Perceived(video, store.put_blob(to_json(timeline)), timeline.duration_s)
        asked = [Asked(perceived, question(n), 0) for n in range(ROLLOUTS)]
        settings = Explore(teacher=model_at(url), max_turns=8, max_tokens=100)
        stage = ExploreQuestions(settings, Verify(), Lineage("b", "1", "f", "", (), 0, 0), root, IN_FLIGHT)
        _finished.clear()
        options = PipelineOptions(["--direct_running_mode=in_memory", "--direct_num_workers=1"])
        with beam.Pipeline(runner=FnApiRunner(), options=options) as pipeline:
            (pipeline | beam.Create(asked) | stage).done | beam.Map(_note)
        return sum(kept.status == "open" for kept in _finished)


_finished: list[Kept] = []


def _note(kept: Kept) -> None:
    _finished.append(kept)


def question(n: int) -> Question:
    return Question(f"q{n}", "v", f"Question {n}?", "open", "A")


def timed(
    teacher: str, work: Callable[[str], Any], wanted: int, calls: int, **weather: Any
) -> tuple[float, Counter[int]]:
    """Seconds from the first request to the last reply, and how often each status was sent.

    Nothing may be lost, and nothing that was answered may be asked again.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with api_double(teacher, log, LATENCY_S, **weather) as url:
            done = work(url)
            if isinstance(done, Coroutine):
                done = asyncio.run(done)
        entries = read_log(log)
    if done != wanted:
        raise SystemExit(f"{wanted - done} of {wanted} were lost")
    answered = Counter(entry.digest for entry in entries if entry.status == 200)
    if len(answered) != calls or answered.total() != calls:
        raise SystemExit(f"{answered.total()} answers to {len(answered)} requests, where {calls} were wanted")
    return max(e.left_s for e in entries) - min(e.came_s for e in entries), Counter(e.status for e in entries)


def compare(name: str, teacher: str, bare: Any, ours: Any, wanted: int, turns: int, **weather: Any) -> None:
    calls = wanted * turns
    ideal_s = calls * LATENCY_S / IN_FLIGHT
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    statuses: Counter[int] = Counter()
    for _ in range(ROUNDS):
        times["bare"].append(timed(teacher, bare, wanted, calls, **weather)[0])
        seconds, statuses = timed(teacher, ours, wanted, calls, **weather)
        times["ours"].append(seconds)
    loop_s, ours_s = min(times["bare"]), min(times["ours"])
    refused = f"; {statuses[429]} x 429, {statuses[500]} x 500" if weather else ""
    print(
        f"{name:<10} {wanted:>5}: ours {ours_s:.2f} s = {ours_s / loop_s:.2f}x of the loop ({loop_s:.2f} s),"
        f" ideal {ideal_s:.2f} s{refused}",
        flush=True,
    )


def main(cases: list[str]) -> None:
    logging.disable(logging.WARNING)
    if "turns" in cases:
        compare("turns", "one_word", partial(bare_turns, retrying=False), our_turns, TURNS, 1)
    if "rollouts" in cases:
        compare("rollouts", "five_turns", bare_rollouts, our_rollouts, ROLLOUTS, TURNS_EACH)
    if "weather" in cases:
        compare("weather", "one_word", partial(bare_turns, retrying=True), our_turns, TURNS, 1, **WEATHER)


if __name__ == "__main__":
    from tests.bench_calls import main  # Beam finds `_note` and its list by the module's own name

    main(sys.argv[1:] or ["turns", "rollouts", "weather"])
