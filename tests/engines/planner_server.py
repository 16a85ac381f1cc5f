"""A server on loopback that speaks the OpenAI chat API and answers as the planner would: a teacher to build with."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from schemas.chat import Call, ChatReply, ChatRequest, Message, ToolSpec
from transforms.engines.chat_planner import reply


@dataclass
class PlannerServer:
    """`keys` are the authorization headers of the calls that came in, one for each."""

    url: str = ""
    keys: list[str] = field(default_factory=list)


@contextmanager
def planning() -> Iterator[PlannerServer]:
    server = PlannerServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.keys.append(self.headers["Authorization"])
            data = json.dumps(completion(reply(request_of(body)))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def request_of(body: dict[str, Any]) -> ChatRequest:
    return ChatRequest(
        tuple(_message(message) for message in body["messages"]),
        tuple(
            ToolSpec(tool["name"], tool["description"], json.dumps(tool["parameters"]))
            for tool in (entry["function"] for entry in body["tools"])
        ),
        body["tool_choice"],
        body["temperature"],
        body["seed"],
        body["max_completion_tokens"],
    )


def _message(message: dict[str, Any]) -> Message:
    calls = (Call(one["id"], one["function"]["name"], one["function"]["arguments"]) for one in _calls(message))
    return Message(
        message["role"],
        message.get("content") or "",
        message.get("reasoning_content", ""),
        tuple(calls),
        message.get("tool_call_id", ""),
    )


def _calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = message.get("tool_calls") or []
    return calls


def completion(said: ChatReply) -> dict[str, Any]:
    calls = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments_json}}
        for one in said.calls
    ]
    message = {"role": "assistant", "content": said.text, "reasoning_content": said.reasoning}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "planner-served",
        "choices": [
            {
                "index": 0,
                "message": {**message, "tool_calls": calls} if calls else message,
                "finish_reason": "tool_calls" if calls else "stop",
            }
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }
