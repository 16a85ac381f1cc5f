"""A server that a process starts for itself: real processes, real HTTP on loopback."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from schemas.errors import EngineError
from tests.builds import ROOT
from transforms.engines import server as module
from transforms.engines.server import Server, is_healthy, tail

SERVE = """
import http.server, os, subprocess, sys, time
port, slow_s = int(sys.argv[1]), float(sys.argv[2])
helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("pids", os.getpid(), helper.pid, flush=True)
began = time.monotonic()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if time.monotonic() - began > slow_s else 503)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
"""A server with a helper process, as vLLM has; it says 503 while it loads."""

DIE = "import sys; print('\\x1b[31mno room for the model\\x1b[0m in /opt/secret/place.bin'); sys.exit(3)"


def serve(slow_s: float = 0.0) -> Callable[[int], Sequence[str]]:
    return lambda port: [sys.executable, "-c", SERVE, str(port), str(slow_s)]


def pids(log: str) -> list[int]:
    (line,) = [line for line in log.splitlines() if line.startswith("pids")]
    return [int(pid) for pid in line.split()[1:]]


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pids: list[int], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while any(map(lives, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(lives, pids))


def test_one_server_for_all_who_ask_at_once() -> None:
    server = Server("double", serve(slow_s=0.3), 30)

    async def many() -> list[str]:
        return await asyncio.gather(*(server.address() for _ in range(20)))

    try:
        addresses = asyncio.run(many())
        assert len(set(addresses)) == 1
        assert is_healthy(addresses[0])
        assert server._log_file is not None
        log = server._log_file.read_text()
        started = pids(log)
        assert all(map(lives, started))
    finally:
        server.close()
    assert gone(started, 1.0)
    assert not is_healthy(addresses[0])
    assert not server._log_file.exists()


def test_a_server_that_does_not_start_tells_the_end_of_its_log() -> None:
    server = Server("double", lambda port: [sys.executable, "-c", DIE], 30)
    for _ in range(2):
        with pytest.raises(EngineError) as caught:
            asyncio.run(server.address())
        assert (caught.value.code, caught.value.transient) == ("model_down", True)
        assert caught.value.detail == "double did not start; its log ends: no room for the model in place.bin"
    assert server._log_file is not None
    server._log_file.unlink()


def test_a_command_that_is_not_there() -> None:
    server = Server("double", lambda port: ["/no/such/program"], 30)
    with pytest.raises(EngineError, match="model_down: double did not start; its log ends: .*No such file"):
        asyncio.run(server.address())
    assert server._log_file is not None
    server._log_file.unlink()


def test_what_the_command_raises_reaches_the_caller() -> None:
    def command(port: int) -> Sequence[str]:
        raise EngineError("weights_missing", "fetch them", lasting=False)

    with pytest.raises(EngineError, match="weights_missing: fetch them"):
        asyncio.run(Server("double", command, 30).address())


def test_patience_has_an_end() -> None:
    server = Server("double", serve(slow_s=600), 0.5)
    with pytest.raises(EngineError, match="model_down: double was not up after 0.5 s; its log ends: pids") as caught:
        asyncio.run(server.address())
    assert gone(pids(caught.value.detail.rsplit("ends: ", 1)[1]), 1.0)


def test_a_server_that_ends_later_says_so() -> None:
    server = Server("double", serve(), 30)
    asyncio.run(server.address())
    assert server._log_file is not None
    started = pids(server._log_file.read_text())
    os.kill(started[0], signal.SIGKILL)
    assert gone(started, 2.0), "the helper goes with the server"
    assert server._process is not None
    server._process.wait(5)
    with pytest.raises(EngineError, match="model_down: double has ended"):
        asyncio.run(server.address())
    server._log_file.unlink()


def test_who_is_cancelled_does_not_cancel_the_others() -> None:
    server = Server("double", serve(slow_s=0.3), 30)

    async def two() -> str:
        impatient, patient = asyncio.create_task(server.address()), asyncio.create_task(server.address())
        await asyncio.sleep(0.05)
        impatient.cancel()
        return await patient

    try:
        assert is_healthy(asyncio.run(two()))
    finally:
        server.close()


PARENT = """
import asyncio, os, signal, sys, time
# Where the tests run in the background, Ctrl-C is ignored from birth.
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.engines.test_server import pids, serve
from transforms.engines.server import Server
server = Server("double", serve(), 30)
asyncio.run(server.address())
print(server._log_file, *pids(server._log_file.read_text()), flush=True)
sys.stdin.readline()
{then}
"""


@pytest.mark.parametrize("how", ["killed", "interrupted", "ended", "os._exit"])
def test_no_server_outlives_its_process(how: str) -> None:
    then = {"ended": "", "os._exit": "os._exit(70)"}.get(how, "time.sleep(600)")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(then=then)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    log_file, *numbers = parent.stdout.readline().split()
    started = list(map(int, numbers))
    assert len(started) == 2
    assert all(map(lives, started))
    if how in ("killed", "interrupted"):
        parent.send_signal(signal.SIGKILL if how == "killed" else signal.SIGINT)
    parent.communicate("\n", timeout=20)
    assert gone(started, 5.0)
    Path(log_file).unlink(missing_ok=True)


def test_one_server_for_one_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_servers", {})
    first = module.server("a", ("x", 1), serve(), 1)
    assert module.server("a", ("x", 1), serve(), 1) is first
    assert module.server("a", ("x", 2), serve(), 1) is not first


def test_a_log_s_end_is_short_and_names_no_path() -> None:
    log = "".join(f"line {n} of /home/me/models/w.gguf\n" for n in range(5000)).encode() + b"\xff\x00end\n"
    told = tail(log)
    assert len(told) <= 1200
    assert told.endswith("line 4999 of w.gguf | \ufffdend")
    assert "/home" not in told
