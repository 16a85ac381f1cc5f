"""The names of `schemas/names.py` as types."""

from typing import TYPE_CHECKING, Literal

from schemas.names import EXPORTS, SPELLINGS, TOOLS

if TYPE_CHECKING:  # mypy follows no Literal that is made; pydantic does, and its errors and the schema name them all
    ToolName = str
    Spelling = str
    ExportName = str
else:
    ToolName = Literal[tuple(TOOLS)]
    Spelling = Literal[tuple(SPELLINGS)]
    ExportName = Literal[tuple(EXPORTS)]
