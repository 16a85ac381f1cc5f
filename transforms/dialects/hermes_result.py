"""Hermes with results between `<tool_result>` tags (VideoThinker)."""

from dataclasses import replace

from transforms.dialects import hermes
from transforms.dialects.strings import Tags

DIALECT = replace(hermes.DIALECT, name="hermes_result", response=Tags("<tool_result>\n", "\n</tool_result>"))
