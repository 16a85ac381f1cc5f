"""An https server on loopback that plays public hosts, good and bad ones, and the network in which it is public."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

from transforms.remote.addresses import is_public
from transforms.remote.network import Network

NAMES = {
    "videos.example": ["127.0.0.1"],
    "cdn.example": ["127.0.0.1"],
    "other.example": ["127.0.0.1"],
    "untrusted.example": ["127.0.0.1"],
    "localhost": ["127.0.0.2"],
    "inside.example": ["10.0.0.5"],
    "mixed.example": ["127.0.0.1", "192.168.1.1"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "scoped.example": ["fe80::1%eth0"],
    "nat64.example": ["64:ff9b::a9fe:a9fe"],
}
"""Of all addresses of loopback, only 127.0.0.1 is public in the tests."""

Answer = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; an answer is a function of it."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self.server.web.seen.append((self.headers["Host"].partition(":")[0], self.path, dict(self.headers)))
        self.close_connection = True
        with suppress(OSError):
            self.server.web.answers.get(self.path.partition("?")[0], not_found)(self)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer; underscores of names are dashes."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass(slots=True)
class Web:
    port: int
    network: Network
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """(host, path, headers) of every request."""

    def uri(self, path: str, host: str = "videos.example") -> str:
        return f"https://{host}:{self.port}{path}"

    def resolving(self, resolve: Callable[[str, int], list[str]]) -> Network:
        return replace(self.network, resolve=resolve)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    web: Web
    tls: ssl.SSLContext

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        with suppress(OSError), self.tls.wrap_socket(request, server_side=True) as safe:
            super().finish_request(safe, client_address)


@contextmanager
def serve() -> Iterator[Web]:
    authority = trustme.CA()
    server = _Server(("127.0.0.1", 0), Request)
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = [name for name in NAMES if name != "untrusted.example"]
    authority.issue_cert(*names).configure_cert(server.tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    network = Network(
        resolve=lambda host, port: _resolve(host),
        is_public=lambda address: address == "127.0.0.1" or is_public(address),
        certificates=lambda: trusting,
    )
    server.web = Web(server.server_address[1], network)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.web
    finally:
        server.shutdown()
        server.server_close()


def _resolve(host: str) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[host]


def not_found(request: Request) -> None:
    request.say(404, b"no")


def redirect(to: str, status: int = 302) -> Answer:
    return lambda request: request.say(status, Location=to)


def file(data: bytes, tag: str = '"one"') -> Answer:
    """A file as good servers give it: whole, a range of it, or word that it is the same."""

    def answer(request: Request) -> None:
        wanted, condition = request.headers["Range"], request.headers["If-Range"]
        if request.headers["If-None-Match"] == tag:
            request.say(304, ETag=tag)
        elif wanted and condition == tag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            span = f"bytes {start}-{len(data) - 1}/{len(data)}"
            request.say(206, data[start:], ETag=tag, Content_Range=span)
        else:
            request.say(200, data, ETag=tag)

    return answer


def cut_off(data: bytes, after: int, tag: str = '"one"') -> Answer:
    """Announces the whole file and hangs up after so many bytes of it, once; then it is a good server."""
    times: list[int] = []

    def answer(request: Request) -> None:
        if times:
            file(data, tag)(request)
            return
        times.append(1)
        request.send_response(200)
        request.send_header("Content-Length", str(len(data)))
        request.send_header("ETag", tag)
        request.end_headers()
        request.wfile.write(data[:after])
        request.wfile.flush()

    return answer


def always_cut_off(request: Request) -> None:
    request.say(200, b"x" * 10, Content_Length="100")


def endless(request: Request) -> None:
    """A body without end or length."""
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    while True:
        request.wfile.write(piece)


def drip(request: Request) -> None:
    """A byte now and then, for ever."""
    request.send_response(200)
    request.send_header("Content-Length", "1000000")
    request.end_headers()
    while True:
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.05)


def drip_headers(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.05)


def promises(request: Request) -> None:
    """Says for ever that an answer will come."""
    while True:
        request.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)


def silence(request: Request) -> None:
    time.sleep(5)


def nonsense(request: Request) -> None:
    request.wfile.write(b"\x00\x01\x02 this is not HTTP\r\n\r\n")


def huge_headers(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n")
