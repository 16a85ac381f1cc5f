"""Asking the web: the protocol, and a search as the store keeps it."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.codec import from_json, to_json
from transforms.store import Store, memo_key

VERSION = "2"


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Pages:
    """What a search found, best first. A search takes no tokens that anybody counts."""

    pages: tuple[Page, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


class Web(Protocol):
    """A search engine. It makes one try and keeps no count."""

    identity: dict[str, Any]
    """Everything that can change what is found. Never a key."""

    async def search(self, query: str) -> Pages:
        """Raises:
        EngineError: the engine did not do its work.
        """
        ...


async def search_once(web: Web, query: str, store: Store) -> tuple[Page, ...]:
    """What a search finds: asked once, and then what the store holds.

    Raises:
        EngineError: as `Web.search`.
    """

    async def ask() -> object:
        return json.loads(to_json(await web.search(query)))

    held = await store.amemo(memo_key("web", VERSION, web.identity, "", query), ask)
    return from_json(Pages, json.dumps(held)).pages
