"""Hermes with the answer between `<final>` tags (VideoSEAL)."""

from dataclasses import replace

from transforms.dialects import hermes
from transforms.dialects.strings import Tags

DIALECT = replace(hermes.DIALECT, name="hermes_final", answer=Tags("<final>", "</final>"))
