"""A server on loopback that speaks the OpenAI chat API and says what a script tells it to."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.running import running


@dataclass
class Server:
    """`replies` are (status, body) in order, the last one again and again; `requests` what came in.

    A body that is a function is given the request and returns the body.
    """

    replies: Sequence[tuple[int, Any]]
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@dataclass(frozen=True)
class Torn:
    """A body that is sent as it is, called JSON, a character at a time with a pause after each."""

    text: str
    pause_s: float = 0.0


def completion(message: dict[str, Any], finish: str = "stop") -> dict[str, Any]:
    """A chat completion as servers send it."""
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "teacher-served",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


@contextmanager
def serving(*replies: tuple[int, Any]) -> Iterator[Server]:
    server = Server(replies)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                status, reply = server.replies[min(len(server.requests), len(server.replies) - 1)]
                server.requests.append(body)
                server.headers.append({name.lower(): value for name, value in self.headers.items()})
            if callable(reply):
                reply = reply(body)
            if isinstance(reply, Torn):
                self._trickle(status, reply)
                return
            data = reply.encode() if isinstance(reply, str) else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if isinstance(reply, str) else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _trickle(self, status: int, torn: Torn) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(torn.text)))
            self.end_headers()
            with suppress(OSError):
                for character in torn.text:
                    self.wfile.write(character.encode())
                    self.wfile.flush()
                    time.sleep(torn.pause_s)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    with running(http):
        yield server
