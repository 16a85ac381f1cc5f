"""Searching the web against a server on loopback: what is sent, what comes back, and what goes wrong."""

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.codec import from_json, to_json
from schemas.errors import EngineError
from schemas.refs import Asked, Kept, Perceived
from schemas.settings import DEFAULT_TOOLS, Explore, HttpSearchSettings, Limits, OpenAISettings, Verify
from schemas.source import Question, Video
from schemas.trajectory import Lineage, Trajectory
from tests.engines import chat_server
from tests.engines.vector_servers import serving
from tests.tools.test_tools import NAMES, look, scene
from transforms.engines import build
from transforms.engines.doctor import Finding, try_web
from transforms.engines.web import Page, Pages, search_once
from transforms.engines.web_http import MOST_CHARS, MOST_PAGES, MOST_URL, HttpSearch
from transforms.explore.transform import RollOut
from transforms.store import Store
from transforms.tools.base import Observation
from transforms.tools.registry import call_tool

FOUND = {"results": [{"title": "Alderport", "url": "https://a.example/1", "text": "A harbour\n town. ", "rank": 1}]}
PAGE = Page("Alderport", "https://a.example/1", "A harbour town.")


def search(url: str, **settings: Any) -> Pages:
    return asyncio.run(HttpSearch(HttpSearchSettings(url=url, **settings)).search("alderport"))


def test_a_query_is_posted_and_pages_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCH_KEY", " k3y ")
    with serving((200, FOUND), (200, FOUND)) as server:
        assert search(f"{server.url}/find", api_key_env="SEARCH_KEY") == Pages((PAGE,))
        assert search(f"{server.url}/find") == Pages((PAGE,))
    (path, body, headers), (_, _, without) = server.requests
    assert (path, body, headers["authorization"]) == ("/find", {"query": "alderport"}, "Bearer k3y")
    assert "authorization" not in without


def test_the_identity_has_the_address_and_no_key() -> None:
    settings = HttpSearchSettings(url="http://h/find", api_key_env="SEARCH_KEY")
    assert HttpSearch(settings).identity == {"engine": "http", "url": "http://h/find"}


def test_few_pages_are_kept_and_of_each_a_paragraph() -> None:
    long = {"title": "T", "url": "u" * 100_000, "text": "word " * 500}
    with serving((200, {"results": [long] * 9})) as server:
        found = search(server.url)
    assert len(found.pages) == MOST_PAGES
    assert {len(page.text) for page in found.pages} == {MOST_CHARS + 1}
    assert {len(page.url) for page in found.pages} == {MOST_URL}


@pytest.mark.parametrize(
    "body",
    ["<html>", {}, [], {"results": None}, {"results": {"title": "T"}}, {"results": [{"title": "T", "url": "u"}]}]
    + [{"results": ["T"]}, {"results": [{"title": 1, "url": "u", "text": "t"}]}, "[" * 100_000],
    ids=lambda body: json.dumps(body)[:30],
)
def test_what_is_no_reply_of_this_kind(body: Any) -> None:
    with serving((200, body)) as server, pytest.raises(EngineError, match="title, url and text") as caught:
        search(server.url)
    assert (caught.value.code, caught.value.transient) == ("bad_reply", True)


@pytest.mark.parametrize(
    ("status", "code", "transient", "told"),
    [
        (301, "bad_request", False, "answered HTTP 301"),
        (400, "bad_request", False, "answered HTTP 400: who is …?"),
        (401, "not_allowed", True, "refused the key (HTTP 401); check SEARCH_KEY"),
        (404, "bad_request", True, "answered HTTP 404"),
        (429, "rate_limited", True, "answered HTTP 429"),
        (503, "server_error", True, "answered HTTP 503"),
    ],
)
def test_refusals(monkeypatch: pytest.MonkeyPatch, status: int, code: str, transient: bool, told: str) -> None:
    monkeypatch.setenv("SEARCH_KEY", "k3y")
    odd = (status, "who is k3y?", {"Retry-After": "7", "Location": "http://elsewhere.example/"})
    with serving(odd) as server, pytest.raises(EngineError) as caught:
        search(server.url, api_key_env="SEARCH_KEY")
    error = caught.value
    assert (error.code, error.transient, error.lasting) == (code, transient, False)
    assert told in error.detail
    assert "k3y" not in error.detail
    assert error.retry_after_s == (7.0 if transient and status != 401 else 0.0)
    assert len(server.requests) == 1, "one call is one try, and no redirect is followed"


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of somebody who listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_nobody_answers(silent: str) -> None:
    with pytest.raises(EngineError, match=r"no reply within 0\.2 s") as caught:
        search(silent, timeout_s=0.2)
    assert (caught.value.code, caught.value.transient) == ("timed_out", True)
    with serving() as server:
        pass
    with pytest.raises(EngineError, match="is the server up") as caught:
        search(server.url)
    assert (caught.value.code, caught.value.transient) == ("unreachable", True)


def test_a_key_that_is_missing_or_cannot_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEARCH_KEY", raising=False)
    with serving() as server:
        with pytest.raises(EngineError, match="set the environment variable SEARCH_KEY") as caught:
            search(server.url, api_key_env="SEARCH_KEY")
        assert (caught.value.code, caught.value.transient) == ("no_key", True)
        monkeypatch.setenv("SEARCH_KEY", "schlüssel\n")
        with pytest.raises(EngineError, match="the key in SEARCH_KEY, cannot be sent") as caught:
            search(server.url, api_key_env="SEARCH_KEY")
    assert (caught.value.code, caught.value.lasting) == ("bad_request", False)
    assert server.requests == []


def test_a_search_is_made_once_and_tried_again_where_that_helps(tmp_path: Path) -> None:
    with serving((429, "slow down"), (500, "oh"), (200, FOUND)) as server:
        web, store = build.web(HttpSearchSettings(url=server.url, limits=Limits(in_flight=1))), Store(tmp_path)
        found = [asyncio.run(search_once(web, "alderport", store)) for _ in range(2)]
    assert found == [(PAGE,), (PAGE,)]
    assert len(server.requests) == 3


def read(pages: tuple[Page, ...] | None, query: str = " alderport ") -> Observation:
    async def web(query: str) -> tuple[Page, ...]:
        assert query == "alderport"
        return pages or ()

    within = replace(scene(), web=None if pages is None else web)
    return asyncio.run(call_tool(within, NAMES, "web_search", json.dumps({"query": query})))


def test_both_faces_say_that_it_is_from_the_web() -> None:
    seen = read((PAGE, replace(PAGE, title="Ferry")))
    assert seen.text == (
        "From the web, not from the video:\n1. Alderport (https://a.example/1)\nA harbour town.\n"
        "2. Ferry (https://a.example/1)\nA harbour town."
    )
    assert look("web_search", seen, query="alderport") == (seen.text, [], ())
    assert (seen.spans, seen.item_ids) == ((), ())


def test_nothing_on_the_web_and_no_web() -> None:
    assert read(()) == Observation("The web has nothing on this. Try other words.")
    assert read(None) == Observation("The web cannot be searched here. Use another tool.", error=True)
    assert read((), query=" ") == Observation("The query is empty. Say what to look for.", error=True)


def test_a_rollout_searches_the_web_of_its_entry(tmp_path: Path) -> None:
    call = {"id": "x", "type": "function", "function": {"name": "web_search", "arguments": '{"query": "alderport"}'}}
    replies = [chat_server.completion({"content": None, "tool_calls": [call]}, "tool_calls")]
    replies += [chat_server.completion({"content": "<answer>a harbour</answer>"})]
    store = Store(tmp_path)
    timeline = store.put_blob(to_json(scene().timeline))
    question = Question("q", "v", "What is Alderport?", "open", "a harbour")
    asked = Asked(Perceived(Video("v", "v.mp4", "/v.mp4", "0" * 64), timeline, 60.0), question, 0)
    with chat_server.serving(*((200, reply) for reply in replies)) as teacher, serving((200, FOUND)) as web:
        settings = Explore(
            teacher=OpenAISettings(model="m", base_url=teacher.url, api_key_env=""),
            tools=(*DEFAULT_TOOLS, "web_search"),
            web_search=HttpSearchSettings(url=web.url),
        )
        work = RollOut(settings, Verify(), Lineage("d", "1.0.0", "f", "", (), 0, 0), str(tmp_path))
        (kept,) = asyncio.run(work.do(asked))
    assert isinstance(kept, Kept)
    told = from_json(Trajectory, store.blob(kept.record)).turns[3]
    assert told.read_text == "From the web, not from the video:\n1. Alderport (https://a.example/1)\nA harbour town."
    assert len(web.requests) == 1


def test_the_doctor_searches() -> None:
    with serving((200, FOUND), (403, "no")) as server:
        settings = HttpSearchSettings(url=server.url)
        assert asyncio.run(try_web(settings)) == Finding(True, "found 1 pages")
        refused = asyncio.run(try_web(settings))
    assert refused == Finding(False, f"{server.url} refused the key (HTTP 403); check api_key_env")
