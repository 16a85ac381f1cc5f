"""What a remote uri says, and whether an entry may read it. Nothing here touches a network.

A uri is read once, by rules that leave no room for two opinions: what a server, a proxy or another parser could take
for something else (`..` in any spelling, an encoded slash, a host in letters that look like others) is refused, not
tidied.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, unquote, urljoin

from schemas.errors import InputError
from transforms.remote.addresses import is_public

SCHEMES = ("https", "gs", "s3")

LONGEST_URI = 4096
"""Characters. Signed addresses have about a thousand; servers refuse from 8,000 on."""

LONGEST_SHOWN = 200

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PARTS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?P<host>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?P<rest>#.*)?")
_UNSAFE = re.compile(r"^ | $|[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
_SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class RemoteUri:
    """`host` is a host name or address in lower case, or a bucket; `port` is 0 for buckets. `path` begins with a slash
    and is as it is sent: escaped for https, plain for buckets."""

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port in (0, 443) else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """Without the query, which may hold a signature."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def text(self) -> str:
        return self.shown + (f"?{self.query}" if self.query else "")


def is_remote(uri: str) -> bool:
    """Whether a text names a place by a scheme other than `file`."""
    found = _SCHEME.match(uri)
    return found is not None and found[1].lower() != "file"


def parse(uri: str) -> RemoteUri:
    """The parts of a remote uri.

    Raises:
        InputError: `bad_uri`, `control_characters`, `plain_http`, `unknown_scheme`, `userinfo_in_uri`,
            `not_ascii_host`, `bad_host`, `bad_port`, `forbidden_address`, `dot_segments` or `encoded_separator`.
    """
    if len(uri) > LONGEST_URI:
        raise InputError("bad_uri", f"the uri has more than {LONGEST_URI} characters; shorten it")
    if _UNSAFE.search(uri):
        raise InputError(
            "control_characters",
            "the uri holds control characters or a backslash, or begins or ends with a space; remove them",
        )
    parts = _PARTS.fullmatch(uri)
    scheme = uri.partition("://")[0].lower()
    if parts is None or parts["rest"]:
        raise InputError("bad_uri", "this is no uri of a file; write scheme://host/path, without a fragment (#…)")
    if scheme == "http":
        raise InputError("plain_http", "http:// can be changed on its way; use https://")
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise InputError("unknown_scheme", f"{scheme}:// is not read; use {known}, or a path")
    if "@" in parts["host"]:
        raise InputError(
            "userinfo_in_uri",
            "the uri names a user or password before its host; take them out, they would be published",
        )
    _check_path(parts["path"], escaped=scheme == "https")
    if scheme == "https":
        host, port = _host(parts["host"])
        return RemoteUri(
            scheme, host, port, quote(parts["path"], _SAFE) or "/", quote(parts["query"] or "", _SAFE + "?")
        )
    if not _BUCKET.fullmatch(parts["host"]):
        raise InputError("bad_host", "the uri names no bucket; write gs://bucket/path or s3://bucket/path")
    if parts["query"] is not None:
        raise InputError("bad_uri", "a name in a bucket cannot hold `?` here; rename the object")
    return RemoteUri(scheme, parts["host"], 0, parts["path"] or "/")


def follow(uri: RemoteUri, given: str) -> RemoteUri:
    """The uri that a relative one, or the place a server sends us to, means at another.

    Raises:
        InputError: as `parse`.
    """
    if _UNSAFE.search(given):
        raise InputError("control_characters", "the uri holds control characters or a backslash; remove them")
    if _SCHEME.match(given):
        return parse(given)
    if uri.scheme == "https":
        # Checked as it stands: joining would tidy `..` away.
        if not given.startswith("//"):
            _check_path(re.split("[?#]", given)[0], escaped=True)
        try:
            return parse(urljoin(uri.text, given))
        except ValueError as error:
            raise InputError("bad_uri", f"this is no uri ({error}); write scheme://host/path") from None
    _check_path(given, escaped=False)
    folder = uri.path.rpartition("/")[0]
    return parse(f"{uri.scheme}://{uri.host}{given if given.startswith('/') else f'{folder}/{given}'}")


def folder_of(uri: RemoteUri) -> str:
    """The root that a file names by lying in it."""
    return f"{uri.scheme}://{uri.authority}{uri.path.rpartition('/')[0]}/"


def is_under(uri: RemoteUri, roots: tuple[str, ...]) -> bool:
    """Whether a uri lies under one of the roots: same scheme, host and port, and the root's path or one below it.

    Raises:
        InputError: as `parse`, for a root.
    """
    return any(_is_under(uri, parse(root)) for root in roots if is_remote(root))


def check_allowed(uri: RemoteUri, roots: tuple[str, ...], code: str = "outside_root") -> None:
    """Raises:
    InputError: the uri lies under no root.
    """
    if not is_under(uri, roots):
        raise InputError(
            code,
            f"{shortened(uri.shown)!r} lies outside what this entry may read; if it is meant, add"
            f" {shortened(folder_of(uri))} to `allow:` of the entry",
        )


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _is_under(uri: RemoteUri, root: RemoteUri) -> bool:
    if (uri.scheme, uri.host, uri.port) != (root.scheme, root.host, root.port):
        return False
    plain = unquote if uri.scheme == "https" else str
    path, top = plain(uri.path), plain(root.path)
    return path == top or path.startswith(top.rstrip("/") + "/")


def _check_path(path: str, escaped: bool) -> None:
    """Raises:
    InputError: a path that means another than it says, to us or to a server that decodes twice.
    """
    if not escaped:
        if any(part in (".", "..") for part in path.split("/")):
            raise _dots()
        return
    if _HALF_ESCAPE.search(path):
        raise InputError("bad_uri", "the uri holds a `%` that escapes nothing; write it as %25")
    while (plain := unquote(path)) != path:
        if plain.count("/") != path.count("/") or "\\" in plain:
            raise InputError("encoded_separator", "the uri hides a slash in %2F or %5C; write it plainly")
        if _UNSAFE.search(plain.strip(" ")):
            raise InputError("control_characters", "the uri hides control characters in % escapes; take them out")
        _check_dots(path)
        path = plain
    _check_dots(path)


def _check_dots(path: str) -> None:
    # Some servers take what follows a semicolon for parameters of the segment.
    if any(part.partition(";")[0] in (".", "..") for part in path.split("/")):
        raise _dots()


def _dots() -> InputError:
    return InputError("dot_segments", "the uri holds `.` or `..` as a folder; write the path that is meant")


def _host(given: str) -> tuple[str, int]:
    """The host and the port of the authority of an https uri."""
    if not given.isascii():
        raise InputError(
            "not_ascii_host", "the host has letters that may look like others; write it in ASCII (xn--…) and check it"
        )
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(:.*)?", given)
    if found is None:
        raise InputError("bad_host", "the uri names no host that can be read; write https://host/path")
    host, port = found[1].lower(), 443
    if found[2] is not None:
        number = found[2][1:]
        if not re.fullmatch(r"[1-9][0-9]{0,4}", number) or int(number) > 65535:
            raise InputError("bad_port", "the port must be a number from 1 to 65535 behind one colon")
        port = int(number)
    if host.startswith("["):
        return _address(host[1:-1]), port
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return _address(host), port
    if not _NAME.fullmatch(host):
        raise InputError("bad_host", "the uri names no host that can be read; write https://host/path")
    return host, port


def _address(host: str) -> str:
    """An address as a host. Octal, hexadecimal and short forms of IPv4 are read in many ways, and so not at all."""
    try:
        plain = str(ip_address(host))
    except ValueError:
        raise forbidden_address(host) from None
    if not is_public(plain):
        raise forbidden_address(host)
    return plain


def forbidden_address(host: str) -> InputError:
    return InputError(
        "forbidden_address",
        f"{shortened(host)} is, or leads to, an address that is not of the public internet; copy the file and name its"
        " path, or put it where its host is public",
    )
