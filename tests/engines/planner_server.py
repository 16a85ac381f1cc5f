"""A server on loopback that speaks the OpenAI chat API and answers by the rules of the planner, from the request."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from schemas.chat import Call, ChatReply, ChatRequest, Message, ToolSpec
from tests.running import running
from transforms.engines.chat_planner import reply

BYTES_PER_TOKEN = 4


@dataclass
class Teacher:
    """`usage` are the token counts of every reply, `keys` the authorization headers, in order. After `most` calls it
    refuses the key."""

    most: int = 10**9
    keys: list[str] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def tokens(self, name: str) -> int:
        return sum(one[name] for one in self.usage)


def request_of(body: dict[str, Any]) -> ChatRequest:
    """The request that a body spells."""
    messages = tuple(
        Message(
            sent["role"],
            sent["content"] or "",
            calls=tuple(
                Call(call["id"], call["function"]["name"], call["function"]["arguments"])
                for call in sent.get("tool_calls", ())
            ),
            call_id=sent.get("tool_call_id", ""),
        )
        for sent in body["messages"]
    )
    tools = tuple(
        ToolSpec(f["name"], f["description"], json.dumps(f["parameters"]))
        for f in (tool["function"] for tool in body["tools"])
    )
    sampling = (body["temperature"], body["seed"], body["max_completion_tokens"])
    return ChatRequest(messages, tools, body["tool_choice"], *sampling)


def completion_of(said: ChatReply, body: dict[str, Any]) -> dict[str, Any]:
    """A reply as servers send it. Tokens are counted by bytes; half of the prompt was read before."""
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json}}
        for call in said.calls
    ]
    message = {"role": "assistant", "content": said.text or said.reasoning, **({"tool_calls": calls} if calls else {})}
    prompt = len(json.dumps([body["messages"], body["tools"]])) // BYTES_PER_TOKEN
    completion = len(json.dumps(message)) // BYTES_PER_TOKEN
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}],
        "usage": {**usage, "prompt_tokens_details": {"cached_tokens": prompt // 2}},
    }


@contextmanager
def teaching(most: int = 10**9) -> Iterator[Teacher]:
    teacher = Teacher(most)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = completion_of(reply(request_of(body)), body)
            with lock:
                teacher.keys.append(self.headers["Authorization"])
                status = 200 if len(teacher.usage) < teacher.most else 401
                if status == 200:
                    teacher.usage.append({**answer["usage"], **answer["usage"]["prompt_tokens_details"]})
            data = json.dumps(answer if status == 200 else {"error": {"message": "enough"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Http(ThreadingHTTPServer):
        request_queue_size = 128  # of the usual 5, connections of a busy machine are turned away

    http = Http(("127.0.0.1", 0), Handler)
    teacher.url = f"http://127.0.0.1:{http.server_port}/v1"
    with running(http):
        yield teacher
