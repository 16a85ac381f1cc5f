"""Connections in several pools, and proxies left to the package."""

import asyncio

import httpx2
import pytest

from tests.engines.chat_server import completion, serving
from transforms.engines.connections import Pools, http_client


def test_calls_at_once_are_answered_whatever_pool_they_take() -> None:
    async def many(url: str) -> list[int]:
        async with httpx2.AsyncClient(transport=Pools()) as client:
            replies = await asyncio.gather(*(client.post(f"{url}/x", json={"n": n}) for n in range(12)))
            return [reply.json()["usage"]["total_tokens"] + reply.request.read().count(b"n") for reply in replies]

    with serving((200, completion({"content": "yes"}))) as server:
        assert asyncio.run(many(server.url)) == [19] * 12
    assert sorted(request["n"] for request in server.requests) == list(range(12))


def test_proxies_are_the_package_s_own_but_none_is_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert http_client(loopback=False) is not None
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    assert http_client(loopback=False) is None
    assert http_client(loopback=True) is not None
