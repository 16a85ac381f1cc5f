"""A server that this process starts for itself: once, on first use, for all who need it; it ends with the process."""

import asyncio
import atexit
import logging
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from schemas.chat import clean
from schemas.errors import EngineError
from transforms.engines import tether
from transforms.refuse import without_paths

Command = Callable[[int], Sequence[str]]
"""From the port that the server is to listen at, on loopback, to its command line. It may raise an EngineError."""

_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.05, 1.0
_ENDS_S = tether.GRACE_S + 5.0
_TOLD_LINES, _TOLD_CHARACTERS = 12, 1200
_NOT_TEXT = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0e-\x1f\x7f]")

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_servers: dict[tuple[object, ...], "Server"] = {}


def server(name: str, what: tuple[object, ...], command: Command, patience_s: float) -> "Server":
    """The process's server of `what`: whoever asks for the same shares it."""
    key = (name, *what)
    with _lock:
        if key not in _servers:
            _servers[key] = Server(name, command, patience_s)
        return _servers[key]


class Server:
    """`patience_s` is how long it may take from its start until `/health` answers 200, as llama.cpp and vLLM have it.

    It is started once. When it does not come up, or ends later, every call says so: what ended it once would do so
    again, and the same command tries anew.
    """

    def __init__(self, name: str, command: Command, patience_s: float) -> None:
        self._name, self._command, self._patience_s = name, command, patience_s
        self._lock = threading.Lock()
        self._address: Future[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_file: Path | None = None

    async def address(self) -> str:
        """`http://127.0.0.1:PORT` of the server that runs; the first caller starts it, others wait with it.

        Raises:
            EngineError: `model_down`, it did not come up or has ended; with the last lines of its log.
        """
        with self._lock:
            if self._address is None:
                self._address = Future()
                threading.Thread(target=self._bring_up, args=(self._address,), daemon=True).start()
        # Who is cancelled while it waits must not cancel the others.
        address = await asyncio.shield(asyncio.wrap_future(self._address))
        if self._process is None or self._process.poll() is not None:
            raise self._down("has ended")
        return address

    def close(self) -> None:
        """Ends the server and waits until it is gone. Its log goes too, unless it tells why the server ended."""
        with self._lock:
            process, log_file = self._process, self._log_file
        if process is None or log_file is None:
            return
        well = process.poll() is None
        if process.stdin is not None:
            process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDS_S)
        if well:
            log_file.unlink(missing_ok=True)

    def _bring_up(self, address: "Future[str]") -> None:
        try:
            address.set_result(self._start())
        except EngineError as error:
            address.set_exception(error)
        except Exception as error:  # whoever waits must hear of it, whatever it is
            address.set_exception(EngineError("model_down", f"{self._name} cannot be started: {error}", True))

    def _start(self) -> str:
        port = free_port()
        command = [sys.executable, "-I", tether.__file__, *self._command(port)]
        with tempfile.NamedTemporaryFile(prefix=f"frametrail-{self._name}-", suffix=".log", delete=False) as log_file:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log_file, stderr=subprocess.STDOUT, start_new_session=True
            )
        with self._lock:
            self._process, self._log_file = process, Path(log_file.name)
        atexit.register(self.close)
        _log.warning("%s starts at port %d; its log is %s", self._name, port, log_file.name)
        address = f"http://127.0.0.1:{port}"
        deadline, look_s = time.monotonic() + self._patience_s, _FIRST_LOOK_S
        while not is_healthy(address):
            if process.poll() is not None:
                raise self._down("did not start")
            if time.monotonic() > deadline:
                error = self._down(f"was not up after {self._patience_s:g} s")
                self.close()
                raise error
            time.sleep(look_s)
            look_s = min(_LONGEST_LOOK_S, look_s * 1.5)
        return address

    def _down(self, what: str) -> EngineError:
        log_file = self._log_file
        told = tail(log_file.read_bytes()) if log_file is not None and log_file.is_file() else ""
        said = f"; its log ends: {told}" if told else "; it left no log"
        return EngineError("model_down", f"{self._name} {what}{said}", transient=True)


def free_port() -> int:
    """A port of loopback that nobody listens at now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def is_healthy(address: str) -> bool:
    """Whether the server says that it takes requests. No proxy stands between a machine and itself."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{address}/health", timeout=5) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def tail(log: bytes) -> str:
    """The last lines of a log, as they may stand in a row: without colours, and without paths of this machine."""
    text = clean(_NOT_TEXT.sub("", log[-8192:].decode("utf-8", "replace")))
    lines = [line.strip() for line in text.splitlines() if line.strip()][-_TOLD_LINES:]
    return without_paths(" | ".join(lines)[-_TOLD_CHARACTERS:])
