"""`recipe`: the published system whose data an entry makes again."""

from typing import Literal

from pydantic import Field

from schemas.settings.base import Settings


class Recipe(Settings):
    """The published system whose data an entry makes again: what its paper does, and what is other here."""

    paper: str = Field(min_length=1, description="Its title, or the name of the system.")
    arxiv: str = Field(pattern=r"^\d{4}\.\d{4,5}$", description="Number of the paper on arXiv.")
    code: str = Field(default="", description="Address of its code, where there is any.")
    does: tuple[str, ...] = Field(min_length=1, description="What the paper does, in data terms.")
    differs: tuple[str, ...] = Field(min_length=1, description="What is other here.")
    unknown: tuple[str, ...] = Field(min_length=1, description="What neither the paper nor its code tells.")
    alone: str = Field(min_length=1, description="What its rows have that no other recipe's have.")
    rl: str = Field(
        default="",
        description="What its RL loader wants besides what `rl/` has, and how it is given that; "
        "empty where nothing is known.",
    )
    published: dict[Literal["keep_wrong", "keep_unfinished", "validation_is_train"], str] = Field(
        default={},
        description="A flaw of its data that a switch of `published` makes again: what it is, in a sentence.",
    )
