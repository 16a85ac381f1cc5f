"""One GET over https, redirects followed one by one and each of them held to the rules of the first uri.

No cookies, no credentials, nothing from the environment, no proxy. Bodies are asked for as they are: a compressed one
is refused, since what it grows to is not told.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

import httpcore2

from schemas.errors import EngineError, InputError
from transforms.engines.retry import retry_after_s
from transforms.remote.limits import LIMITS, Limits
from transforms.remote.network import INTERNET, CheckedBackend, Network, Pace
from transforms.remote.reply import Reply, missing
from transforms.remote.uris import RemoteUri, check_allowed, follow, shortened

_REDIRECTS = (301, 302, 303, 307, 308)
_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")


@contextmanager
def open_https(
    uri: RemoteUri,
    roots: tuple[str, ...],
    start: int = 0,
    validator: str = "",
    network: Network = INTERNET,
    limits: Limits = LIMITS,
) -> Iterator[Reply]:
    """The file at a uri from byte `start` on, or from its beginning when it is no longer in the state that `validator`
    names; with a validator and `start` 0, nothing when it still is.

    Raises:
        InputError: `outside_root`, `forbidden_address`, `missing_file`, `bad_certificate`, `encoded_body`,
            `bad_status`; of a redirect also `redirect_outside_root`, `redirect_not_https`, `redirect_loop`,
            `too_many_redirects` and what `uris.parse` refuses.
        EngineError: `unreachable`, `timed_out`, `bad_reply`, `rate_limited`, `server_error`, `not_allowed`; transient.
    """
    check_allowed(uri, roots)
    headers = _headers(start, validator)
    seen = {uri.text}
    with ExitStack() as stack, _our_errors(uri.shown):
        while True:
            response = stack.enter_context(_get(uri, headers, network, limits))
            told = _told(response.headers)
            if response.status not in _REDIRECTS:
                yield _reply(uri, response, told, start, validator)
                return
            stack.close()
            uri = _next(uri, [value for name, value in response.headers if name.lower() == b"location"])
            check_allowed(uri, roots, "redirect_outside_root")
            if uri.text in seen:
                raise InputError("redirect_loop", f"{shortened(uri.shown)} leads back to itself; name the file itself")
            if len(seen) > limits.redirects:
                raise InputError("too_many_redirects", f"more than {limits.redirects} redirects; name the file itself")
            seen.add(uri.text)


@contextmanager
def _get(
    uri: RemoteUri, headers: dict[bytes | str, bytes | str], network: Network, limits: Limits
) -> Iterator[httpcore2.Response]:
    """A connection of its own for one request: nothing is kept that another host could be sent."""
    pace = Pace(limits.patience_s, limits.least_bytes)
    backend = CheckedBackend(network, pace)
    pool = httpcore2.ConnectionPool(ssl_context=network.certificates(), network_backend=backend)
    with pool, pool.stream("GET", uri.text, headers=headers) as response:
        pace.start(in_body=True)
        yield response


def _told(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by their names in small letters; what comes twice is joined, so that none hides another."""
    told: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        told[key] = f"{told[key]}, {text}" if key in told else text
    return told


def _headers(start: int, validator: str) -> dict[bytes | str, bytes | str]:
    told: dict[bytes | str, bytes | str] = {"User-Agent": "frametrail", "Accept": "*/*", "Accept-Encoding": "identity"}
    if not validator:
        return told
    tag = validator.startswith('"')
    if start:
        # Two states of a file may have one date, so without a tag all of it is asked for again.
        return told | ({"Range": f"bytes={start}-", "If-Range": validator} if tag else {})
    return told | {"If-None-Match" if tag else "If-Modified-Since": validator}


def _next(uri: RemoteUri, places: list[bytes]) -> RemoteUri:
    """Where a redirect leads.

    Raises:
        InputError: as `uris.parse`, or `redirect_not_https`.
        EngineError: `bad_reply`, it does not say where, or names several places.
    """
    if len(places) != 1:
        raise EngineError("bad_reply", f"{uri.shown} redirects to {len(places)} places at once", transient=True)
    # Bytes that are not ASCII become letters that are not, which no host may have.
    given = places[0].decode("utf-8", errors="replace")
    if "://" in given and not given.lower().startswith("https://"):
        scheme = shortened(given.partition("://")[0])
        why = f"{shortened(uri.shown)} redirects to {scheme}://, which is not followed; name the file itself"
        raise InputError("redirect_not_https", why)
    return follow(uri, given)


def _reply(uri: RemoteUri, response: httpcore2.Response, told: Mapping[str, str], start: int, validator: str) -> Reply:
    status = response.status
    if status == HTTPStatus.NOT_MODIFIED and validator and not start:
        return Reply(iter(()), validator=validator, unchanged=True)
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
        # The part is as long as the whole, or longer: begin again without it.
        raise EngineError("bad_reply", f"{uri.shown} has no bytes from {start} on", transient=True)
    if status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise _status_error(uri, status, told)
    encoding = told.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", ""):
        why = f"{shortened(uri.shown)} is sent compressed ({shortened(encoding)}), and nobody knows how large it is"
        raise InputError("encoded_body", f"{why}; store it there as it is")
    length = told.get("content-length", "")
    size = int(length) if length.isdigit() else None
    state = _validator(told)
    if status == HTTPStatus.OK:
        ends = size is not None or "transfer-encoding" in told
        return Reply(response.iter_stream(), 0, size, state, ends=ends)
    found = _RANGE.fullmatch(told.get("content-range", ""))
    if found is None or int(found[1]) != start or (state and state != validator):
        raise EngineError("bad_reply", f"{uri.shown} sent another part of the file than was asked for", transient=True)
    return Reply(response.iter_stream(), start, int(found[3]) if found[3] != "*" else None, validator)


def _validator(told: Mapping[str, str]) -> str:
    """What names the state of the file byte for byte: a strong ETag, else when it was changed last."""
    tag = told.get("etag", "")
    return tag if re.fullmatch(r'"[\x21\x23-\x7e]*"', tag) else told.get("last-modified", "")


def _status_error(uri: RemoteUri, status: int, told: Mapping[str, str]) -> InputError | EngineError:
    where = shortened(uri.shown)
    if status in (404, 410):
        return missing(where)
    if status in (401, 403):
        detail = f"{where} is not for everybody (HTTP {status}); use a signed address or a bucket"
        return EngineError("not_allowed", detail, transient=True)
    if status in (408, 425, 429) or status >= 500:
        code = "rate_limited" if status == 429 else "server_error"
        detail = f"{where} answered HTTP {status}; the same command tries again"
        return EngineError(code, detail, transient=True, retry_after_s=retry_after_s(told))
    return InputError("bad_status", f"{where} answered HTTP {status}; is it the address of a file?")


@contextmanager
def _our_errors(first: str) -> Iterator[None]:
    where = shortened(first)
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise EngineError("timed_out", f"{where} sent too little ({error}); is it up?", transient=True) from error
    except httpcore2.ConnectError as error:
        if "CERTIFICATE" in str(error).upper():
            why = f"{where} has a certificate that is not trusted ({error}); correct it or copy the file"
            raise InputError("bad_certificate", why) from error
        raise EngineError("unreachable", f"{where} cannot be reached ({error})", transient=True) from error
    except httpcore2.NetworkError as error:
        raise EngineError("unreachable", f"the connection to {where} broke ({error})", transient=True) from error
    except httpcore2.ProtocolError as error:
        code = "unreachable" if "closed connection" in str(error) or "disconnected" in str(error) else "bad_reply"
        raise EngineError(code, f"{where} did not send a whole answer ({error})", transient=True) from error
