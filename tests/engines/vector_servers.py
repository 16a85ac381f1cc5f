"""Servers on loopback that speak the embeddings APIs of OpenAI and Gemini: a text's vector counts its letters."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.running import running

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def counted(text: str, dimensions: int = 0) -> list[float]:
    """How often each letter is in a text; the first number is never 0."""
    row = [0.25, *(float(text.lower().count(letter)) for letter in LETTERS)]
    return row[:dimensions] if dimensions else row


@dataclass
class Server:
    """`odd` holds (status, body, headers) that are sent first, one for each request; then the real thing."""

    odd: list[tuple[int, Any, dict[str, str]]]
    usage: bool = True
    requests: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def asked(self) -> list[list[str]]:
        """The texts of each request."""
        return [texts_of(body) for _, body, _ in self.requests]


def texts_of(body: dict[str, Any]) -> list[str]:
    if "requests" in body:
        return ["".join(part["text"] for part in one["content"]["parts"]) for one in body["requests"]]
    return list(body["input"])


def answer(body: dict[str, Any], usage: bool) -> dict[str, Any]:
    texts = texts_of(body)
    tokens = sum(len(text.split()) for text in texts)
    if "requests" in body:
        sizes = [one.get("outputDimensionality", 0) for one in body["requests"]]
        values = [{"values": counted(text, size)} for text, size in zip(texts, sizes, strict=True)]
        return {"embeddings": values, **({"usageMetadata": {"promptTokenCount": tokens}} if usage else {})}
    size = body.get("dimensions", 0)
    rows = [{"object": "embedding", "index": n, "embedding": counted(text, size)} for n, text in enumerate(texts)]
    told = {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}} if usage else {}
    # The API gives each its index; an order is not promised.
    return {"object": "list", "model": body["model"], "data": rows[::-1], **told}


@contextmanager
def serving(*odd: tuple[int, Any] | tuple[int, Any, dict[str, str]], usage: bool = True) -> Iterator[Server]:
    server = Server([(*one, {}) if len(one) == 2 else one for one in odd], usage)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                server.requests.append((self.path, body, {name.lower(): v for name, v in self.headers.items()}))
                told = server.odd.pop(0) if server.odd else (200, answer(body, server.usage), {})
            status, reply, headers = told
            data = reply.encode() if isinstance(reply, str) else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if isinstance(reply, str) else "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    with running(http):
        yield server
