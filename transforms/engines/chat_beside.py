"""A chat model behind a server that this process starts at the first call, asked through the OpenAI API."""

from typing import Any

from schemas.chat import ChatReply, ChatRequest
from schemas.errors import EngineError
from schemas.settings import OpenAISettings
from transforms.engines.chat import Load, no_pictures
from transforms.engines.chat_openai import OpenAIChat
from transforms.engines.server import Server


class Beside:
    """`asked` says how the server is asked; its address is filled in when it is known, and told to nobody."""

    def __init__(self, identity: dict[str, Any], name: str, server: Server, asked: OpenAISettings) -> None:
        self.identity = identity
        self._name, self._server, self._asked = name, server, asked
        self._chat: OpenAIChat | None = None
        self._base_url = ""

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        address = await self._server.address()
        if self._chat is None:
            self._base_url = f"{address}/v1"
            self._chat = OpenAIChat(self._asked.model_copy(update={"base_url": self._base_url}))
        try:
            return await self._chat.complete(request, load)
        except EngineError as error:
            raise self._named(error) from error

    def _named(self, error: EngineError) -> EngineError:
        """The same error with the server's name for its address: a port of the moment must not stand in a row."""
        detail = error.detail.replace(self._base_url, self._name)
        return EngineError(error.code, detail, error.transient, error.lasting, error.retry_after_s)
