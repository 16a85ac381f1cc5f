"""A server on loopback that speaks Google's Gemini REST API: generateContent by a script, and the Files API.

It is as strict as the real one where that has cost people time: no empty turn or part, as many answers as calls, and
from Gemini 3 on a signature on the first call of each step since the last words of the user.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.running import running


@dataclass
class Upload:
    """A resumable upload: what was announced, and what has come so far."""

    file: dict[str, Any]
    headers: dict[str, str]
    data: bytes = b""


@dataclass
class GeminiServer:
    """`replies` are (status, body) in order, the last one again and again; `states` those of a file, one a look.

    `calls` are (method, path) of all that came in, `requests` the bodies of generateContent, `files` what is there.
    """

    url: str = ""
    replies: Sequence[tuple[int, Any]] = ()
    states: Sequence[str] = ("ACTIVE",)
    delay_s: float = 0.0
    calls: list[tuple[str, str]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def script(self, *replies: tuple[int, Any], states: Sequence[str] = ("ACTIVE",), delay_s: float = 0.0) -> None:
        """Starts anew: nothing has come in yet, and no file is there."""
        with self.lock:
            self.replies, self.states, self.delay_s, self.looks = replies, states, delay_s, 0
            self.calls, self.requests, self.headers, self.uploads, self.files = [], [], [], [], {}

    def state(self) -> str:
        self.looks += 1
        return self.states[min(self.looks, len(self.states)) - 1]


def candidate(*parts: dict[str, Any], finish: str = "STOP", **more: Any) -> dict[str, Any]:
    """A response with one candidate as the API sends it."""
    return {
        "candidates": [{"content": {"parts": list(parts), "role": "model"}, "finishReason": finish, "index": 0}],
        "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18},
        "modelVersion": "gemini-served",
        "responseId": "r",
        **more,
    }


def failure(status: int, message: str, *details: dict[str, Any], reason: str = "INVALID_ARGUMENT") -> dict[str, Any]:
    """The body of an error as the API sends it."""
    return {"error": {"code": status, "message": message, "status": reason, "details": list(details)}}


def complaint(model: str, contents: list[dict[str, Any]]) -> str:
    """What the API would refuse a conversation for; empty when it would not."""
    asked = 0
    words = [n for n, turn in enumerate(contents) if turn["role"] == "user" and any("text" in p for p in turn["parts"])]
    for n, turn in enumerate(contents):
        parts = turn["parts"]
        if turn["role"] not in ("user", "model") or not parts or not all(parts):
            return "contents must have a role and parts"
        if any(part.get("text") == "" and "thoughtSignature" not in part for part in parts):
            return "Unable to submit request because it has an empty text parameter"
        if sum("functionResponse" in part for part in parts) != asked:
            return "the number of function response parts must be equal to that of the function call turn"
        calls = [part for part in parts if "functionCall" in part]
        asked = len(calls)
        unsigned = calls and n > max(words, default=0) and "thoughtSignature" not in calls[0]
        if model.startswith("gemini-3") and unsigned:
            return "Function call is missing a thought_signature in functionCall parts"
    return "" if contents and not asked else "contents are not specified, or end with a call"


_NOT_OF_THE_API = ("args", "response", "parametersJsonSchema", "responseJsonSchema")


def in_camel_case(value: Any) -> Any:
    """A request with its fields spelled one way: the API takes `mime_type` for `mimeType`, the client sends both."""
    if isinstance(value, list):
        return [in_camel_case(item) for item in value]
    if not isinstance(value, dict):
        return value
    camel = {re.sub(r"_([a-z])", lambda found: found[1].upper(), key): item for key, item in value.items()}
    return {key: item if key in _NOT_OF_THE_API else in_camel_case(item) for key, item in camel.items()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: GeminiServer

    def handle_any(self) -> None:
        server = self.server_state
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with server.lock:
            server.calls.append((self.command, self.path))
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.path.startswith("/upload-session/"):
            self.go_on_uploading(body)
        elif self.path == "/upload/v1beta/files":
            self.begin_uploading(in_camel_case(json.loads(body)))
        elif self.path.startswith("/v1beta/files/"):
            self.about_a_file(self.path.removeprefix("/v1beta/"))
        elif self.path.startswith("/v1beta/models/") and self.path.endswith(":generateContent"):
            self.generate(in_camel_case(json.loads(body)))
        else:
            self.answer(404, failure(404, f"no such path: {self.path}", reason="NOT_FOUND"))

    do_GET = do_POST = do_DELETE = handle_any

    def generate(self, body: dict[str, Any]) -> None:
        server = self.server_state
        with server.lock:
            server.requests.append(body)
            status, reply = server.replies[min(len(server.requests), len(server.replies)) - 1]
            uris = {there["uri"] for there in server.files.values() if there["state"] == "ACTIVE"}
            delay_s = server.delay_s
        model = self.path.removeprefix("/v1beta/models/").partition(":")[0]
        wrong = complaint(model, body["contents"])
        named = [part["fileData"] for turn in body["contents"] for part in turn["parts"] if "fileData" in part]
        time.sleep(delay_s)
        if wrong:
            self.answer(400, failure(400, wrong))
        elif any(file["fileUri"] not in uris for file in named):
            self.answer(403, failure(403, "no permission, or no such File", reason="PERMISSION_DENIED"))
        else:
            self.answer(status, reply)

    def begin_uploading(self, body: dict[str, Any]) -> None:
        server = self.server_state
        headers = {name.lower(): value for name, value in self.headers.items()}
        assert (headers["x-goog-upload-protocol"], headers["x-goog-upload-command"]) == ("resumable", "start")
        with server.lock:
            server.uploads.append(Upload(body["file"], headers))
            place = f"{server.url}/upload-session/{len(server.uploads) - 1}"
        self.answer(200, {}, {"X-Goog-Upload-URL": place, "X-Goog-Upload-Status": "active"})

    def go_on_uploading(self, data: bytes) -> None:
        server = self.server_state
        upload = server.uploads[int(self.path.rsplit("/", 1)[1])]
        assert int(self.headers["X-Goog-Upload-Offset"]) == len(upload.data)
        upload.data += data
        if "finalize" not in self.headers["X-Goog-Upload-Command"]:
            self.answer(200, {}, {"X-Goog-Upload-Status": "active"})
            return
        assert len(upload.data) == int(upload.headers["x-goog-upload-header-content-length"])
        name = upload.file["name"]
        with server.lock:
            server.files[name] = {
                "name": name,
                "mimeType": upload.file["mimeType"],
                "sizeBytes": str(len(upload.data)),
                "uri": f"{server.url}/v1beta/{name}",
                "state": server.state(),
            }
        self.answer(200, {"file": server.files[name]}, {"X-Goog-Upload-Status": "final"})

    def about_a_file(self, name: str) -> None:
        server = self.server_state
        with server.lock:
            there = server.files.get(name)
            if there and self.command == "DELETE":
                del server.files[name]
            elif there:
                there["state"] = server.state()
        if there is None:
            self.answer(403, failure(403, "no permission, or no such File", reason="PERMISSION_DENIED"))
        elif self.command == "DELETE":
            self.answer(200, {})
        elif there["state"] == "BUSY":
            self.answer(503, failure(503, "The service is unavailable.", reason="UNAVAILABLE"))
        elif there["state"] == "FAILED":
            self.answer(200, {**there, "error": {"code": 3, "message": "no video stream"}})
        else:
            self.answer(200, there)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # the client gave up in the meantime
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving_gemini() -> Iterator[GeminiServer]:
    state = GeminiServer()

    class Own(Handler):
        server_state = state

    http = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    state.url = f"http://127.0.0.1:{http.server_port}"
    with running(http):
        yield state
