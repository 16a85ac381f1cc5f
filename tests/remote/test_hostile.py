"""Uris and servers that mean harm, each refused with its code, and what they must not have got by then."""

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import EngineError, InputError
from schemas.source import Rejected, Terms
from tests.remote import web as servers
from tests.remote.web import Answer, Request, Web, redirect, serve
from transforms.read.manifest import parse_video_line
from transforms.remote.download import download
from transforms.remote.limits import Limits
from transforms.remote.uris import parse

LIMITS = Limits(patience_s=0.4, least_bytes=100_000, redirects=3)
MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serve() as running:
        yield running


HOSTILE_URIS = [
    # what no server is asked for
    ("http://videos.example/a.mp4", "plain_http"),
    ("hTTp://videos.example/a.mp4", "plain_http"),
    ("ftp://videos.example/a.mp4", "unknown_scheme"),
    ("gopher://videos.example:70/_x", "unknown_scheme"),
    ("javascript://videos.example/%0aalert(1)", "unknown_scheme"),
    ("memory://a.mp4", "unknown_scheme"),
    ("ssh://videos.example/a.mp4", "unknown_scheme"),
    ("github://videos.example/a.mp4", "unknown_scheme"),
    ("FILE://videos.example/etc/passwd", "remote_uri"),
    ("file:///etc/passwd", "outside_root"),
    ("FiLe:///etc/passwd", "outside_root"),
    ("/etc/passwd", "outside_root"),
    ("../outside.mp4", "outside_root"),
    ("link.mp4", "outside_root"),
    ("linked/outside.mp4", "outside_root"),
    ("//videos.example/a.mp4", "outside_root"),
    # other places than those that were allowed
    ("https://other.example/clips/a.mp4", "outside_root"),
    ("https://videos.example.other.example/clips/a.mp4", "outside_root"),
    ("https://videos.example./clips/a.mp4", "bad_host"),
    ("https://videos.example/private/a.mp4", "outside_root"),
    ("https://videos.example/clipsx/a.mp4", "outside_root"),
    ("https://videos.example:8443/clips/a.mp4", "outside_root"),
    ("https://xn--vdeos-q4a.example/clips/a.mp4", "outside_root"),
    ("s3://other-bucket/clips/a.mp4", "outside_root"),
    ("gs://bucket/private/a.mp4", "outside_root"),
    ("gs://bucket-of-others/clips/a.mp4", "outside_root"),
    # hosts that read as one thing and mean another
    ("https://user@videos.example/clips/a.mp4", "userinfo_in_uri"),
    ("https://videos.example@169.254.169.254/clips/a.mp4", "userinfo_in_uri"),
    ("https://user:secret@videos.example/clips/a.mp4", "userinfo_in_uri"),
    ("https://videos.example:443@other.example/clips/a.mp4", "userinfo_in_uri"),
    ("https://vide\u043es.example/clips/a.mp4", "not_ascii_host"),
    ("https://videos\u3002example/clips/a.mp4", "not_ascii_host"),
    ("https://\u2460\u2461\u2466.0.0.1/clips/a.mp4", "not_ascii_host"),
    ("https://videos.example%2eother.example/clips/a.mp4", "bad_host"),
    ("https://videos.example%00.other.example/a.mp4", "bad_host"),
    ("https:///clips/a.mp4", "bad_host"),
    ("https://[::1/clips/a.mp4", "bad_host"),
    ("https://videos.example:/clips/a.mp4", "bad_port"),
    ("https://videos.example:0/clips/a.mp4", "bad_port"),
    ("https://videos.example:99999/clips/a.mp4", "bad_port"),
    ("https://videos.example:80:443/clips/a.mp4", "bad_port"),
    ("https://videos.example:4a/clips/a.mp4", "bad_port"),
    # addresses that are nobody's business, in every spelling
    ("https://127.0.0.1/a.mp4", "forbidden_address"),
    ("https://169.254.169.254/latest/meta-data", "forbidden_address"),
    ("https://10.1.2.3/a.mp4", "forbidden_address"),
    ("https://100.64.0.1/a.mp4", "forbidden_address"),
    ("https://224.0.0.1/a.mp4", "forbidden_address"),
    ("https://255.255.255.255/a.mp4", "forbidden_address"),
    ("https://0.0.0.0/a.mp4", "forbidden_address"),
    ("https://168.63.129.16/a.mp4", "forbidden_address"),
    ("https://2130706433/a.mp4", "forbidden_address"),
    ("https://0x7f000001/a.mp4", "forbidden_address"),
    ("https://0x7f.1/a.mp4", "forbidden_address"),
    ("https://017700000001/a.mp4", "forbidden_address"),
    ("https://0177.0.0.1/a.mp4", "forbidden_address"),
    ("https://127.1/a.mp4", "forbidden_address"),
    ("https://127.0.0.1./a.mp4", "forbidden_address"),
    ("https://[::1]/a.mp4", "forbidden_address"),
    ("https://[::]/a.mp4", "forbidden_address"),
    ("https://[::ffff:127.0.0.1]/a.mp4", "forbidden_address"),
    ("https://[::ffff:a9fe:a9fe]/a.mp4", "forbidden_address"),
    ("https://[::7f00:1]/a.mp4", "forbidden_address"),
    ("https://[fe80::1%25eth0]/a.mp4", "forbidden_address"),
    ("https://[fd00:ec2::254]/a.mp4", "forbidden_address"),
    ("https://[ff02::1]/a.mp4", "forbidden_address"),
    ("https://[64:ff9b::a9fe:a9fe]/a.mp4", "forbidden_address"),
    ("https://[2002:a9fe:a9fe::1]/a.mp4", "forbidden_address"),
    # paths that read as one thing and mean another
    ("https://videos.example/clips/../private/a.mp4", "dot_segments"),
    ("https://videos.example/clips/%2e%2e/private/a.mp4", "dot_segments"),
    ("https://videos.example/clips/.%2E/private/a.mp4", "dot_segments"),
    ("https://videos.example/clips/%252e%252e/private/a.mp4", "dot_segments"),
    ("https://videos.example/clips/..;/private/a.mp4", "dot_segments"),
    ("https://videos.example/clips/..%2fprivate/a.mp4", "encoded_separator"),
    ("https://videos.example/clips/%5c..%5cprivate", "encoded_separator"),
    ("https://videos.example/clips/%255c", "encoded_separator"),
    ("gs://bucket/clips/../private/a.mp4", "dot_segments"),
    ("https://videos.example\\@other.example/a.mp4", "control_characters"),
    ("https://videos.example/clips/a.mp4%00.jpg", "control_characters"),
    ("https://videos.example/clips/a%0d%0aHost:%20other.example", "control_characters"),
    ("https://videos.example/clips/a.mp4\r\nHost: other.example", "control_characters"),
    ("https://videos.example/clips/a.mp4\0", "control_characters"),
    ("https://vid\teos.example/clips/a.mp4", "control_characters"),
    (" https://videos.example/clips/a.mp4", "missing_file"),
    ("https://videos.example/clips/a%zz.mp4", "bad_uri"),
    ("https://videos.example/clips/a.mp4#/../x", "bad_uri"),
    ("https://videos.example/clips/" + "a" * 5000, "bad_uri"),
    ("https:/videos.example/clips/a.mp4", "missing_file"),
    ("gs://bucket/clips/a.mp4?generation=1", "bad_uri"),
    ("gs://b/clips/a.mp4", "bad_host"),
    ("gs://bucket:443/clips/a.mp4", "bad_host"),
]
"""(uri of a line of a manifest, code). The entry allows its own folder, https://videos.example/clips/, one folder in
bucket `bucket` of gs:// and bucket `bucket` of s3://."""

ALLOWED = ("https://videos.example/clips/", "gs://bucket/clips", "s3://bucket")


@pytest.mark.parametrize(("uri", "code"), HOSTILE_URIS)
def test_a_hostile_uri_is_turned_away_before_anybody_is_asked(tmp_path: Path, uri: str, code: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "outside.mp4").write_bytes(b"o")
    (folder / "link.mp4").symlink_to(tmp_path / "outside.mp4")
    (folder / "linked").symlink_to(tmp_path)
    line = json.dumps({"id": "v", "uri": uri}).encode()
    row = parse_video_line(line, 1, folder / "videos.jsonl", ALLOWED)
    assert isinstance(row, Rejected)
    assert (row.code, row.outcome) == (code, "fail")
    assert str(tmp_path) not in row.detail
    assert "secret" not in row.detail


@pytest.mark.parametrize(
    "uri",
    [
        "https://videos.example/clips/a.mp4",
        "HTTPS://Videos.Example:443/clips/a%20b.mp4",
        "https://videos.example/clips/Ein Straßenfest.mp4",
        "https://videos.example/%63lips/a.mp4?signature=x%2Fy",
        "gs://bucket/clips/100% so.mp4",
        "s3://bucket/a.mp4",
    ],
)
def test_what_is_allowed_is_let_in(tmp_path: Path, uri: str) -> None:
    line = json.dumps({"id": "v", "uri": uri}).encode()
    row = parse_video_line(line, 1, tmp_path / "videos.jsonl", ALLOWED)
    assert not isinstance(row, Rejected)
    assert row.location == parse(uri).text
    assert row.uri == parse(uri).shown
    assert "signature" not in row.uri
    assert row.terms == Terms(ALLOWED, 20_000_000_000)


BOMB = gzip.compress(b"\0" * 10_000_000)


def encoded(request: Request) -> None:
    request.say(200, BOMB, Content_Encoding="gzip")


def too_long(request: Request) -> None:
    request.say(200, b"x", Content_Length=str(10**15))


def other_range(request: Request) -> None:
    request.say(206, b"x", Content_Range="bytes 500-500/1000")


def twice_encoded(request: Request) -> None:
    request.say(200, BOMB, Content_Encoding="gzip", content_encoding="identity")


def far_range(request: Request) -> None:
    request.say(206, b"x", Content_Range=f"bytes 0-0/{'9' * 5000}")


def two_places(request: Request) -> None:
    request.send_response(302)
    request.send_header("Location", "https://videos.example/clips/a.mp4")
    request.send_header("Location", "https://other.example/clips/a.mp4")
    request.send_header("Content-Length", "0")
    request.end_headers()


def hostile_answers(here: str) -> dict[str, tuple[Answer, str]]:
    """Name → what a server does, and the code. `here` is the server's own root."""
    port = here.rpartition(":")[2].rstrip("/")
    return {
        "to-metadata": (redirect("https://169.254.169.254/latest/meta-data"), "forbidden_address"),
        "to-metadata-http": (redirect("http://169.254.169.254/latest/meta-data"), "redirect_not_https"),
        "to-loopback-6": (redirect(f"https://[::1]:{port}/clips/a.mp4"), "forbidden_address"),
        "to-mapped": (redirect("https://[::ffff:10.0.0.1]/a.mp4", 307), "forbidden_address"),
        "to-decimal": (redirect("https://2852039166/", 301), "forbidden_address"),
        "to-file": (redirect("file:///etc/passwd", 303), "redirect_not_https"),
        "to-gs": (redirect("gs://bucket/a.mp4"), "redirect_not_https"),
        "to-data": (redirect("data://text/plain,x"), "redirect_not_https"),
        "to-other-host": (redirect(f"https://other.example:{port}/clips/a.mp4"), "redirect_outside_root"),
        "to-other-host-short": (redirect(f"//other.example:{port}/clips/a.mp4"), "redirect_outside_root"),
        "to-other-port": (redirect("https://videos.example:1/clips/a.mp4"), "redirect_outside_root"),
        "to-other-folder": (redirect("/private/a.mp4", 308), "redirect_outside_root"),
        "to-parent": (redirect("../private/a.mp4"), "dot_segments"),
        "to-hidden-parent": (redirect("/clips/%2e%2e/private/a.mp4"), "dot_segments"),
        "to-user": (redirect(f"https://user:secret@videos.example:{port}/clips/a.mp4"), "userinfo_in_uri"),
        "to-look-alike": (redirect("https://vide\u00f3s.example/clips/a.mp4"), "not_ascii_host"),
        "to-localhost": (redirect(f"https://localhost:{port}/clips/a.mp4"), "forbidden_address"),
        "to-inside": (redirect(f"https://inside.example:{port}/clips/a.mp4"), "forbidden_address"),
        "to-nowhere": (lambda request: request.say(302), "bad_reply"),
        "to-two-places": (two_places, "bad_reply"),
        "to-half-address": (redirect("https://[::1/a.mp4"), "bad_host"),
        "to-half-address-short": (redirect("//[::1/a.mp4"), "bad_uri"),
        "to-itself": (redirect("/clips/to-itself"), "redirect_loop"),
        "to-and-fro": (redirect("/clips/to-and-fro-2"), "redirect_loop"),
        "ever-on": (redirect("/clips/ever-on-1"), "too_many_redirects"),
        "huge": (too_long, "too_large"),
        "endless": (servers.endless, "too_large"),
        "bomb": (encoded, "encoded_body"),
        "bomb-twice": (twice_encoded, "encoded_body"),
        "far-range": (far_range, "bad_reply"),
        "cut": (servers.always_cut_off, "unreachable"),
        "drip": (servers.drip, "timed_out"),
        "drip-headers": (servers.drip_headers, "timed_out"),
        "promises": (servers.promises, "timed_out"),
        "silence": (servers.silence, "timed_out"),
        "nonsense": (servers.nonsense, "bad_reply"),
        "huge-headers": (servers.huge_headers, "bad_reply"),
        "other-range": (other_range, "bad_reply"),
        "empty": (lambda request: request.say(200), "empty_file"),
        "no-content": (lambda request: request.say(204), "bad_status"),
        "gone": (lambda request: request.say(410), "missing_file"),
        "locked": (lambda request: request.say(403), "not_allowed"),
        "broken": (lambda request: request.say(503), "server_error"),
        "busy": (lambda request: request.say(429, Retry_After="7200"), "rate_limited"),
        "other-bytes": (servers.file(b"not what was promised"), "digest_mismatch"),
    }


@pytest.mark.parametrize("name", hostile_answers(""))
def test_a_hostile_answer_is_refused_and_nothing_of_it_is_kept(tmp_path: Path, web: Web, name: str) -> None:
    here = web.uri("/")
    answers = hostile_answers(here)
    web.answers = {f"/clips/{each}": answer for each, (answer, _) in answers.items()} | {
        "/clips/to-and-fro-2": redirect("/clips/to-and-fro"),
        **{f"/clips/ever-on-{n}": redirect(f"/clips/ever-on-{n + 1}") for n in range(9)},
        "/clips/a.mp4": servers.file(b"a"),
        "/private/a.mp4": servers.file(b"private"),
    }
    web.seen.clear()
    roots = (f"{here}clips/", f"https://localhost:{web.port}/", f"https://inside.example:{web.port}/")
    began = time.monotonic()
    with pytest.raises((InputError, EngineError)) as caught:
        download(
            f"{here}clips/{name}", Terms(roots, MOST_BYTES), tmp_path, "0" * 64, web.network, LIMITS, lambda s: None
        )
    assert caught.value.code == answers[name][1], caught.value.detail
    assert time.monotonic() - began < 10
    assert "secret" not in caught.value.detail
    assert {host for host, _, _ in web.seen} == {"videos.example"}
    assert all(path.startswith("/clips/") for _, path, _ in web.seen)
    assert not any({"Authorization", "Cookie"} & headers.keys() for _, _, headers in web.seen)
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "at"]
    assert [path.read_bytes() for path in kept] == ([b"not what was promised"] if name == "other-bytes" else [])
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.part")) <= MOST_BYTES


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("inside.example", "forbidden_address"),
        ("localhost", "forbidden_address"),
        ("mixed.example", "forbidden_address"),
        ("mapped.example", "forbidden_address"),
        ("scoped.example", "forbidden_address"),
        ("nat64.example", "forbidden_address"),
        ("unknown.example", "unreachable"),
        ("untrusted.example", "bad_certificate"),
    ],
)
def test_a_host_is_refused_by_where_its_name_leads(tmp_path: Path, web: Web, host: str, code: str) -> None:
    web.answers = {"/a.mp4": servers.file(b"a")}
    web.seen.clear()
    with pytest.raises((InputError, EngineError)) as caught:
        terms = Terms((f"https://{host}:{web.port}",), MOST_BYTES)
        download(web.uri("/a.mp4", host), terms, tmp_path, "", web.network, LIMITS, lambda s: None)
    assert caught.value.code == code, caught.value.detail
    assert web.seen == []


def test_a_name_is_asked_for_once_so_that_it_cannot_lead_elsewhere_the_second_time(tmp_path: Path, web: Web) -> None:
    web.answers = {"/a.mp4": servers.file(b"a")}
    led: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        led.append("127.0.0.1" if not led else "169.254.169.254")
        return led[-1:]

    terms = Terms((web.uri("/"),), MOST_BYTES)
    download(web.uri("/a.mp4"), terms, tmp_path, "", web.resolving(rebinding), LIMITS)
    assert led == ["127.0.0.1"]
    with pytest.raises(InputError) as caught:
        download(web.uri("/a.mp4"), terms, tmp_path, "", web.resolving(rebinding), LIMITS)
    assert caught.value.code == "forbidden_address"


def test_proxies_and_credentials_of_the_environment_are_not_used(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine videos.example login me password secret\n")
    monkeypatch.setenv("NETRC", os.fspath(tmp_path / ".netrc"))
    web.answers = {"/a.mp4": servers.file(b"a")}
    web.seen.clear()
    download(web.uri("/a.mp4"), Terms((web.uri("/"),), MOST_BYTES), tmp_path / "videos", "", web.network, LIMITS)
    ((_, _, headers),) = web.seen
    assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
