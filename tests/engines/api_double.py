"""A chat API on loopback, in a process of its own: quick, with a latency, with refusals, and with a log.

`python -m tests.engines.api_double` prints its address and serves until it is ended. It speaks as much HTTP/1.1 and
OpenAI chat API as the openai package needs, and keeps connections open as real services do.
"""

import argparse
import asyncio
import hashlib
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.engines.planner_server import completion_of, request_of
from transforms.engines.chat_planner import reply as planned

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
ROOT = Path(__file__).resolve().parent.parent.parent


def planner(body: dict[str, Any]) -> dict[str, Any]:
    """What the planner would say: a teacher that really answers, behind a real API."""
    message: dict[str, Any] = completion_of(planned(request_of(body)), body)["choices"][0]["message"]
    return message


def five_turns(body: dict[str, Any]) -> dict[str, Any]:
    """Four calls, then an answer."""
    turn = sum(message["role"] == "assistant" for message in body["messages"])
    if turn >= 4:
        return {"content": "<answer>A</answer>"}
    arguments = json.dumps({"start_s": 2.0 * turn, "end_s": 2.0 * turn + 2.0})
    call = {"id": "x", "type": "function", "function": {"name": "caption_zoom", "arguments": arguments}}
    return {"content": "", "tool_calls": [call]}


def one_word(body: dict[str, Any]) -> dict[str, Any]:
    return {"content": "<answer>A</answer>"}


def astray(body: dict[str, Any]) -> dict[str, Any]:
    """What the planner would say, but of every third question it gives a wrong answer, and of every third none."""
    message = planner(body)
    if "<answer>" not in (message.get("content") or ""):
        return message
    kind = hashlib.sha256(str(body["messages"][1]["content"]).encode()).digest()[0] % 3
    said = (message["content"], "I read it there.\n<answer>99</answer>", "I could not find it.")
    return {"content": said[kind]}


TEACHERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "planner": planner,
    "five_turns": five_turns,
    "one_word": one_word,
    "astray": astray,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: a request by the digest of its body, when it came and was answered, and with what status."""

    digest: str
    came_s: float
    left_s: float
    status: int


class Double:
    def __init__(self, options: argparse.Namespace) -> None:
        self._say = TEACHERS[options.teacher]
        self._options = options
        self._chance = random.Random(options.seed)
        self._log = open(options.log, "a", buffering=1) if options.log else None  # noqa: SIM115

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(_LENGTH.search(head)[1])  # type: ignore[index]
                body = await reader.readexactly(length)
                came_s = time.time()
                status, headers, answer = self._answer(body)
                if self._options.latency:
                    await asyncio.sleep(self._options.latency)
                data = json.dumps(answer).encode()
                lines = [
                    f"HTTP/1.1 {status} X",
                    "Content-Type: application/json",
                    f"Content-Length: {len(data)}",
                    *headers,
                ]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
                await writer.drain()
                if self._log:
                    name = hashlib.sha256(body).hexdigest()[:16]
                    self._log.write(json.dumps([name, came_s, time.time(), status]) + "\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answer(self, body: bytes) -> tuple[int, list[str], dict[str, Any]]:
        luck = self._chance.random()
        if luck < self._options.refused:
            return 429, [f"Retry-After: {self._options.retry_after}"], {"error": {"message": "slow down"}}
        if luck < self._options.refused + self._options.broken:
            return 500, [], {"error": {"message": "broken"}}
        message = {"role": "assistant", **self._say(json.loads(body))}
        return (
            200,
            [],
            {
                "id": "c",
                "object": "chat.completion",
                "created": 0,
                # What is kept of a reply tells which request it answered.
                "model": f"double-{hashlib.sha256(body).hexdigest()[:16]}",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": len(body) // 4,
                    "completion_tokens": 20,
                    "total_tokens": len(body) // 4 + 20,
                },
            },
        )


@contextmanager
def api_double(
    teacher: str,
    log: Path | None = None,
    latency_s: float = 0.0,
    refused: float = 0.0,
    broken: float = 0.0,
    retry_after_s: int = 1,
) -> Iterator[str]:
    """Runs a double and gives its address; shares of refused (429) and broken (500) replies are between 0 and 1."""
    words = [sys.executable, "-m", "tests.engines.api_double", "--teacher", teacher, "--latency", str(latency_s)]
    words += ["--refused", str(refused), "--broken", str(broken), "--retry-after", str(retry_after_s)]
    words += ["--log", str(log)] if log else []
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def read_log(log: Path) -> list[Entry]:
    return [Entry(*json.loads(line)) for line in log.read_text().splitlines()] if log.exists() else []


async def main(options: argparse.Namespace) -> None:
    server = await asyncio.start_server(Double(options).serve, "127.0.0.1", 0, limit=2**24, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--teacher", choices=sorted(TEACHERS), required=True)
    parser.add_argument("--log", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--retry-after", type=int, default=1)
    for name in ("latency", "refused", "broken"):
        parser.add_argument(f"--{name}", type=float, default=0.0)
    asyncio.run(main(parser.parse_args()))
