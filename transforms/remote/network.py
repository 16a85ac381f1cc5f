"""Connections that go where they were checked to go, and end when nothing comes.

A host is resolved once and the address that was checked is the one connected to, so that a name cannot lead elsewhere
the second time it is asked. Proxies of the environment are not used: behind one, nobody knows where a name leads.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore2

from transforms.remote.addresses import is_public
from transforms.remote.uris import forbidden_address

_MOST_TRIED = 4
"""Addresses of a host that are tried before it counts as unreachable."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host.

    Raises:
        OSError: it has none, or the name service does not answer.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


@cache
def trusted() -> ssl.SSLContext:
    """The certificates that this machine trusts. Reading them takes a fifth of a second: once for all."""
    return httpcore2.default_ssl_context()


@dataclass(frozen=True, slots=True)
class Network:
    """The internet as it is. Tests, and nobody else, make another one, in which loopback plays a public host."""

    resolve: Callable[[str, int], list[str]] = resolve
    is_public: Callable[[str], bool] = is_public
    certificates: Callable[[], ssl.SSLContext] = trusted


INTERNET = Network()


@dataclass(slots=True)
class Pace:
    """Ends a connection on which less than `least_bytes` come in `patience_s` seconds, however they are spread.

    What comes before the body has `patience_s` in all, or answers that say only that an answer will come would do.
    """

    patience_s: float
    least_bytes: int
    _in_body: bool = False
    _since: float = 0.0
    _received: int = 0

    def start(self, in_body: bool = False) -> None:
        self._in_body, self._since, self._received = in_body, time.monotonic(), 0

    def left_s(self) -> float:
        """Seconds that the next piece may take.

        Raises:
            ReadTimeout: none.
        """
        left_s = self._since + self.patience_s - time.monotonic()
        if left_s <= 0:
            raise httpcore2.ReadTimeout(f"less than {self.least_bytes} bytes in {self.patience_s:g} s")
        return left_s

    def received(self, count: int) -> None:
        self._received += count
        if self._in_body and self._received >= self.least_bytes:
            self.start(in_body=True)


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, network: Network, pace: Pace) -> None:
        self._network, self._pace = network, pace
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Raises:
        InputError: `forbidden_address`: one of the host's addresses is not public, which is one too many.
        """
        self._pace.start()
        try:
            addresses = self._network.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"its name is not known ({error})") from error
        if not addresses or not all(map(self._network.is_public, addresses)):
            raise forbidden_address(host)
        last: Exception = httpcore2.ConnectError("it has no address")
        for address in addresses[:_MOST_TRIED]:
            try:
                stream = self._sockets.connect_tcp(address, port, self._pace.left_s() / 2, None, socket_options)
                return _Paced(stream, self._pace)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last


class _Paced(httpcore2.NetworkStream):
    def __init__(self, stream: httpcore2.NetworkStream, pace: Pace) -> None:
        self._stream, self._pace = stream, pace

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._pace.left_s())
        self._pace.received(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._pace.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Paced(self._stream.start_tls(ssl_context, server_hostname, self._pace.left_s()), self._pace)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
