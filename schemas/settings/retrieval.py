"""`explore.retrieval`: how the teacher's tools find clips and phrases."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from schemas.settings.base import Settings
from schemas.settings.served import OpenAIServer, Served, VariableName, address_of_a_server


class Bm25Settings(Settings):
    """By the words they share (BM25). No model."""

    type: Literal["bm25"] = "bm25"


class OpenAIEmbedSettings(OpenAIServer):
    """By meaning, with the embeddings of any server that speaks the OpenAI API."""

    type: Literal["openai"] = "openai"
    dimensions: int = Field(default=0, ge=0, le=16_384, description="Numbers in a vector; 0 for the model's own.")
    max_bytes: int = Field(
        default=8000, ge=100, le=100_000, description="Longer texts go in parts. OpenAI's models take 8192 tokens."
    )


class GeminiEmbedSettings(Served):
    """By meaning, with the embeddings of the Gemini API (`gemini` extra)."""

    type: Literal["gemini"] = "gemini"
    model: str = Field(default="gemini-embedding-001", min_length=1, description="Name of the model.")
    base_url: str = Field(
        default="https://generativelanguage.googleapis.com", description="Address of the service, without a version."
    )
    api_key_env: VariableName = Field(
        default="GEMINI_API_KEY", description="Name of the environment variable with the key."
    )
    dimensions: int = Field(default=0, ge=0, le=16_384, description="Numbers in a vector; 0 for the model's own.")

    def address(self) -> str:
        return self.base_url

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return address_of_a_server(value, "https://generativelanguage.googleapis.com")


class MiniLmSettings(Settings):
    """By meaning, with all-MiniLM-L6-v2 on the CPU: English, no key (`minilm` extra)."""

    type: Literal["minilm"] = "minilm"
    folder: str = Field(
        default="",
        description="Folder with model.onnx and tokenizer.json; empty for those inside the extra's packages.",
    )


Retrieval = Annotated[
    Bm25Settings | OpenAIEmbedSettings | GeminiEmbedSettings | MiniLmSettings, Field(discriminator="type")
]
