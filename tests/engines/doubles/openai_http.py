"""A server that speaks as much of the OpenAI API as a chat engine needs, with the health page of llama.cpp and vLLM.

It always answers the same, refuses a request that says "refuse", and dies of one that says "die". Where DOUBLE_LOG
names a file, every request is kept there, as JSON lines.
"""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ANSWER = '{"thought": "I know.", "answer": "B"}'


def start(port: int, model: str) -> ThreadingHTTPServer:
    """Serves in a thread until the process ends."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200 if self.path == "/health" else 404, {"status": "ok"})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock, open(os.environ.get("DOUBLE_LOG", os.devnull), "a", encoding="utf-8") as log:
                log.write(json.dumps(body) + "\n")
            if "refuse" in json.dumps(body["messages"]):
                self._send(400, {"error": {"message": "the request exceeds the available context size"}})
                return
            if "die" in json.dumps(body["messages"]):
                print("out of memory in /opt/secret/place", flush=True)
                os._exit(9)
            message = {"role": "assistant", "content": ANSWER}
            usage = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 11}}
            choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
            self._send(
                200, {"id": "c", "object": "chat.completion", "model": model, "choices": choices, "usage": usage}
            )

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=lambda: http.serve_forever(poll_interval=0.01), daemon=True).start()
    return http
