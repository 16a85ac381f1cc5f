"""Fetching what is allowed: once, resumed, checked, and shared."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.errors import InputError
from schemas.source import Rejected, Terms, Video
from tests.remote import web as servers
from tests.remote.web import Request, Web, redirect, serve
from transforms.perceive.scan import ScanSettings, scan_video
from transforms.perceive.screens import ScreenPicker
from transforms.read.gather import gather_manifest
from transforms.read.identify import identify
from transforms.remote.at_hand import cache_of, subtitles_path, video_path
from transforms.remote.download import download, path_of
from transforms.remote.limits import Limits
from transforms.store import Absent, Held, Store

LIMITS = Limits(patience_s=5, least_bytes=100_000)
DATA = bytes(range(256)) * 4000
SHA = hashlib.sha256(DATA).hexdigest()
SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with serve() as running:
        yield running


@pytest.fixture()
def web(server: Web) -> Web:
    server.answers = {}
    server.seen.clear()
    return server


def get(web: Web, folder: Path, path: str = "/a.mp4", wanted: str = "", most: int = 2_000_000) -> str:
    terms = Terms((web.uri("/"), web.uri("/", "cdn.example")), most)
    return download(web.uri(path), terms, folder, wanted, web.network, LIMITS, lambda s: None)


def asked(web: Web, header: str) -> list[str | None]:
    return [headers.get(header) for _, _, headers in web.seen]


def test_a_file_is_named_by_its_bytes_and_only_asked_after_the_second_time(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.file(DATA)}
    assert get(web, tmp_path) == SHA
    assert path_of(tmp_path, SHA).read_bytes() == DATA
    assert get(web, tmp_path) == SHA
    assert asked(web, "If-None-Match") == [None, '"one"']


def test_a_file_that_changed_is_fetched_again(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.file(DATA)}
    get(web, tmp_path)
    web.answers = {"/a.mp4": servers.file(b"other", '"two"')}
    other = get(web, tmp_path)
    assert path_of(tmp_path, other).read_bytes() == b"other"
    assert path_of(tmp_path, SHA).read_bytes() == DATA


def test_a_file_that_changed_and_was_cut_off_goes_on_too(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.file(DATA)}
    get(web, tmp_path)
    web.answers = {"/a.mp4": servers.cut_off(DATA[::-1], 300_000, '"two"')}
    assert get(web, tmp_path) == hashlib.sha256(DATA[::-1]).hexdigest()
    assert asked(web, "If-Range") == [None, None, '"two"']


def test_a_digest_that_is_named_and_held_needs_no_server(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.file(DATA)}
    assert get(web, tmp_path, wanted=SHA) == SHA
    web.answers = {}
    assert get(web, tmp_path, "/elsewhere.mp4", wanted=SHA) == SHA
    assert len(web.seen) == 1


def test_what_was_cut_off_goes_on_where_it_was(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.cut_off(DATA, 300_000)}
    assert get(web, tmp_path) == SHA
    assert path_of(tmp_path, SHA).read_bytes() == DATA
    (first, second), (_, condition) = asked(web, "Range"), asked(web, "If-Range")
    assert (first, condition) == (None, '"one"')
    assert second is not None
    assert 0 < int(second.removeprefix("bytes=").rstrip("-")) <= 300_000


def test_a_later_run_goes_on_with_what_an_earlier_one_began(web: Web, tmp_path: Path) -> None:
    def hangs_up(request: Request) -> None:
        request.say(200, DATA[:500_000], Content_Length=str(len(DATA)), ETag='"one"')

    web.answers = {"/a.mp4": lambda request: hangs_up(request) if not web.seen[1:] else request.say(400)}
    with pytest.raises(InputError):
        get(web, tmp_path)
    web.answers = {"/a.mp4": servers.file(DATA)}
    assert get(web, tmp_path) == SHA
    assert asked(web, "Range")[-1] == "bytes=500000-"


def test_the_rest_of_another_file_is_not_put_behind_the_beginning_of_one(web: Web, tmp_path: Path) -> None:
    begin, rest = servers.cut_off(DATA, 300_000), servers.file(DATA[::-1], '"two"')
    web.answers = {"/a.mp4": lambda request: (begin if len(web.seen) == 1 else rest)(request)}
    assert get(web, tmp_path) == hashlib.sha256(DATA[::-1]).hexdigest()
    assert asked(web, "If-Range") == [None, '"one"']


def test_a_server_without_ranges_or_tags_is_asked_for_all_of_it_again(web: Web, tmp_path: Path) -> None:
    cut = [300_000]

    def plain(request: Request) -> None:
        request.say(200, DATA[: cut.pop()] if cut else DATA, Content_Length=str(len(DATA)))

    web.answers = {"/a.mp4": plain}
    assert get(web, tmp_path) == SHA
    assert asked(web, "Range") == [None, None]


def test_a_date_is_not_enough_to_go_on_in_the_middle(web: Web, tmp_path: Path) -> None:
    cut = [300_000]

    def dated(request: Request) -> None:
        body = DATA[: cut.pop()] if cut else DATA
        request.say(200, body, Content_Length=str(len(DATA)), Last_Modified="Sun, 29 Nov 2026 10:00:00 GMT")

    web.answers = {"/a.mp4": dated}
    assert get(web, tmp_path) == SHA
    assert asked(web, "Range") == [None, None]
    web.answers = {"/a.mp4": lambda request: request.say(304)}
    assert get(web, tmp_path) == SHA
    assert asked(web, "If-Modified-Since")[-1] == "Sun, 29 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_body_without_an_end_is_taken_only_where_its_digest_is_named(web: Web, tmp_path: Path, version: str) -> None:
    """A connection that breaks would else give a part of the file that looks whole."""

    def until_closed(request: Request) -> None:
        request.wfile.write(f'HTTP/{version} 200 OK\r\nETag: "one"\r\n\r\n'.encode() + DATA)

    web.answers = {"/a.mp4": until_closed}
    with pytest.raises(InputError) as caught:
        get(web, tmp_path)
    assert caught.value.code == "no_length"
    assert sorted(path.suffix for path in tmp_path.rglob("*")) == ["", ".lock"]
    assert get(web, tmp_path, wanted=SHA) == SHA


def test_a_body_in_chunks_is_as_good_as_one_with_a_length(web: Web, tmp_path: Path) -> None:
    def in_chunks(request: Request) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        request.wfile.write(b"%x\r\n" % len(DATA) + DATA + b"\r\n0\r\n\r\n")

    web.answers = {"/a.mp4": in_chunks}
    assert get(web, tmp_path) == SHA


def test_redirects_to_what_is_allowed_are_followed_and_told_nothing(web: Web, tmp_path: Path) -> None:
    web.answers = {
        "/a.mp4": redirect(web.uri("/b.mp4?signature=x", "cdn.example")),
        "/b.mp4": servers.file(DATA),
    }
    assert get(web, tmp_path) == SHA
    assert [(host, path) for host, path, _ in web.seen] == [
        ("videos.example", "/a.mp4"),
        ("cdn.example", "/b.mp4?signature=x"),
    ]
    assert set(web.seen[1][2]) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


def test_a_server_that_is_busy_for_a_moment_is_asked_again(web: Web, tmp_path: Path) -> None:
    good = servers.file(DATA)
    web.answers = {"/a.mp4": lambda request: request.say(503) if len(web.seen) < 3 else good(request)}
    assert get(web, tmp_path) == SHA
    assert len(web.seen) == 3


def test_the_limit_is_the_last_size_that_is_let_in(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.file(DATA)}
    assert get(web, tmp_path, most=len(DATA)) == SHA
    with pytest.raises(InputError) as caught:
        get(web, tmp_path / "other", most=len(DATA) - 1)
    assert caught.value.code == "too_large"
    assert "most_mb" in caught.value.detail


def test_many_who_want_one_file_at_once_fetch_it_once(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.file(DATA)}
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda n: get(web, tmp_path), range(8))) == {SHA}
    assert asked(web, "If-None-Match").count(None) == 1


def video(web: Web, **more: str) -> Video:
    terms = Terms((web.uri("/"),), 10_000_000)
    return Video(**{"id": "v", "uri": "lesson.mp4", "location": web.uri("/lesson.mp4"), **more}, terms=terms)  # type: ignore[arg-type]


def test_a_remote_video_is_decoded_as_the_local_one(web: Web, tmp_path: Path) -> None:
    lesson = SAMPLES / "lesson.mp4"
    web.answers = {"/lesson.mp4": servers.file(lesson.read_bytes())}
    store = Store(tmp_path / "store")
    found = identify(video(web), store, web.network, LIMITS)
    local = identify(Video("v", "lesson.mp4", str(lesson)), store)
    assert isinstance(found, Video)
    assert isinstance(local, Video)
    assert found.sha256 == local.sha256
    assert Path(video_path(found, store)).parent.parent == tmp_path / "videos" == cache_of(store)

    def scanned(one: Video, folder: Path) -> object:
        return scan_video(one, ScanSettings(sample_fps=0.5), Store(folder), ScreenPicker, ScreenPicker.identity)

    web.answers = {}
    remote = scanned(found, tmp_path / "store")
    assert remote == scanned(local, tmp_path / "other")


def test_remote_subtitles_are_fetched_with_their_video(web: Web, tmp_path: Path) -> None:
    web.answers = {"/lesson.mp4": servers.file(DATA), "/lesson.srt": servers.file(b"1\n", '"s"')}
    store = Store(tmp_path / "store")
    found = identify(video(web, subtitles=web.uri("/lesson.srt")), store, web.network, LIMITS)
    assert isinstance(found, Video)
    assert found.subtitles_sha256 == hashlib.sha256(b"1\n").hexdigest()
    assert Path(subtitles_path(found, store)).read_bytes() == b"1\n"


@pytest.mark.parametrize(
    ("answer", "code"), [(servers.not_found, "missing_file"), (servers.always_cut_off, "unreachable")]
)
def test_a_video_that_cannot_be_had_is_a_row_and_not_remembered(
    web: Web, tmp_path: Path, answer: servers.Answer, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.engines.retry.TRIES", 1)
    web.answers = {"/lesson.mp4": answer}
    store = Store(tmp_path / "store")
    row = identify(video(web), store, web.network, LIMITS)
    assert isinstance(row, Rejected)
    assert (row.stage, row.code, row.outcome, row.id) == ("read", code, "fail", "v")
    web.answers = {"/lesson.mp4": servers.file(DATA)}
    assert isinstance(identify(video(web), store, web.network, LIMITS), Video)


def test_the_digest_that_a_manifest_names_is_checked_of_local_files_too(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(DATA)
    store = Store(tmp_path / "store")
    named = Video("v", "a.mp4", str(tmp_path / "a.mp4"), wanted_sha256=SHA)
    assert isinstance(identify(named, store), Video)
    (tmp_path / "a.mp4").write_bytes(DATA[1:])
    row = identify(named, store)
    assert isinstance(row, Rejected)
    assert row.code == "digest_mismatch"


def test_a_store_that_is_only_read_fetches_nothing(web: Web, tmp_path: Path) -> None:
    web.answers = {"/lesson.mp4": servers.file(DATA)}
    with pytest.raises(Absent):
        identify(video(web), Held(tmp_path / "store"), web.network, LIMITS)
    assert web.seen == []
    identify(video(web), Store(tmp_path / "store"), web.network, LIMITS)
    known = identify(video(web), Held(tmp_path / "store"), web.network, LIMITS)
    assert isinstance(known, Video)
    assert (known.sha256, len(web.seen)) == (SHA, 1)


def test_manifests_that_differ_in_what_is_not_shown_are_told_apart(web: Web) -> None:
    web.answers = {"/rows.jsonl": servers.file(b"nothing\n")}
    found = gather_manifest(web.uri("/rows.jsonl?of=v"), web.uri("/rows.jsonl?of=q"), network=web.network)
    assert [row.id for row in found.rejected] == ["videos/rows.jsonl:1", "questions/rows.jsonl:1"]


def test_manifests_may_be_remote_and_their_uris_start_there(web: Web, tmp_path: Path) -> None:
    web.answers = {
        "/data/videos.jsonl": servers.file(
            b'{"id": "a", "uri": "clips/a.mp4", "subtitles": "a.srt"}\n'
            b'{"id": "b", "uri": "/private/b.mp4"}\n'
            b'{"id": "c", "uri": "/etc/passwd"}\n'
            b'{"id": "d", "uri": "file:///etc/passwd"}\n'
        ),
        "/data/questions.jsonl": servers.file(
            b'{"id": "q", "video_id": "a", "text": "Which?", "kind": "open", "answer": "This"}\n', '"q"'
        ),
    }
    found = gather_manifest(web.uri("/data/videos.jsonl?key=k"), web.uri("/data/questions.jsonl"), network=web.network)
    (kept,) = found.videos
    assert kept == Video(
        id="a",
        uri="clips/a.mp4",
        location=web.uri("/data/clips/a.mp4"),
        subtitles=web.uri("/data/a.srt"),
        terms=Terms((web.uri("/data/"),), 20_000_000_000),
    )
    assert [question.id for question in found.questions] == ["q"]
    assert [(row.id, row.code) for row in found.rejected] == [
        ("videos.jsonl:2", "outside_root"),
        ("videos.jsonl:3", "outside_root"),
        ("videos.jsonl:4", "outside_root"),
    ]
