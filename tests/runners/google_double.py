"""Doubles on this machine of the two services that submitting a Dataflow job needs: storage, by gcp-storage-emulator,
and the REST API of Dataflow."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gcp_storage_emulator.server import create_server
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

BUCKET = "ft-test"


@dataclass
class Dataflow:
    """What was asked of the API: the jobs that were created, as the request had them. Jobs end as `state`."""

    url: str = ""
    jobs: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    state: str = "JOB_STATE_DONE"

    def answer(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        self.asked.append(f"{method} {path.split('?')[0]}")
        if method == "POST":
            self.jobs.append(json.loads(body))
            return {**self.jobs[-1], "id": "job-1", "currentState": "JOB_STATE_PENDING"}
        if path.split("?")[0].endswith("/messages"):
            return {}
        return {"id": "job-1", "currentState": self.state}


@contextmanager
def dataflow() -> Iterator[Dataflow]:
    double = Dataflow()

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            data = json.dumps(double.answer(self.command, self.path, body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _reply

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    double.url = f"http://localhost:{server.server_address[1]}"
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def google_storage(folder: Path) -> Iterator[storage.Bucket]:
    """The bucket, in an emulator that Google's own client is told of by the environment."""
    server = create_server("localhost", 0, in_memory=True)
    server.start()
    address = f"http://localhost:{server._api._httpd.server_address[1]}"
    told = {"STORAGE_EMULATOR_HOST": address, "GOOGLE_APPLICATION_CREDENTIALS": str(_throw_away_account(folder))}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        nobody = AnonymousCredentials()
        client = storage.Client(project="p", credentials=nobody, client_options={"api_endpoint": address})
        yield client.create_bucket(BUCKET)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        server.stop()


def _throw_away_account(folder: Path) -> Path:
    """A service account's file, with a key that nobody knows: clients read it before they are told not to use it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "account.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "p",
                "private_key_id": "1",
                "private_key": key.decode(),
                "client_email": "nobody@p.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": "http://localhost:9/token",
            }
        )
    )
    return path
