"""What every model has that is more than rules: limits, a price, and where it is served."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from schemas.settings.base import Settings


def _name_of_a_variable(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError("must name an environment variable, such as OPENAI_API_KEY; never write the key itself")
    return value


VariableName = Annotated[str, AfterValidator(_name_of_a_variable)]
"""The name of an environment variable that holds a key, or nothing."""


class Limits(Settings):
    """How hard a model is driven. Changes no row."""

    in_flight: int = Field(default=32, ge=1, le=4096, description="Most calls at once; fewer when the server refuses.")
    requests_per_minute: int = Field(default=0, ge=0, description="0 for no limit but the server's own.")
    tokens_per_minute: int = Field(default=0, ge=0, description="Prompt and reply together; 0 for no limit.")


class Price(Settings):
    """US dollars per million tokens, where the public table is wrong or does not know the model. Changes no row."""

    input: float = Field(ge=0, description="Tokens of the prompt.")
    output: float = Field(ge=0, description="Tokens of the reply, thoughts included.")
    cached_input: float | None = Field(
        default=None, ge=0, description="Tokens of the prompt that the server had read before; as `input` by default."
    )


class Served(Settings):
    """What every chat model has that is more than rules."""

    model: str = Field(min_length=1, description="Name of the model as the server knows it.")
    limits: Limits = Limits()
    price: Price | None = Field(default=None, description="Overrides the public table of prices.")
    timeout_s: float = Field(default=300.0, gt=0, le=3600, description="Longest wait for one reply, in seconds.")

    def address(self) -> str:
        """Where the model is served; empty when it is in this process or beside it."""
        return ""


class OpenAIServer(Served):
    """Where a server that speaks the OpenAI API is, and the name of its key."""

    base_url: str = Field(default="https://api.openai.com/v1", description="Address of the server, up to and with /v1.")
    api_key_env: VariableName = Field(
        default="OPENAI_API_KEY", description="Name of the environment variable with the key; empty for none."
    )

    def address(self) -> str:
        return self.base_url

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return address_of_a_server(value, "http://localhost:8000/v1")


def address_of_a_server(value: str, example: str) -> str:
    if not re.match(r"https?://[^/]", value):
        raise ValueError(f"must start with http:// or https://, such as {example}")
    if "@" in value.split("//", 1)[1].split("/", 1)[0]:
        raise ValueError("must not hold a user or password; name the variable with the key in api_key_env")
    return value
