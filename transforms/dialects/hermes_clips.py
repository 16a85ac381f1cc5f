"""Hermes whose `arguments` are a list of clips (VideoTemp-o3); here always of one, as one window is opened per call."""

from dataclasses import replace
from functools import partial

from transforms.dialects import hermes

DIALECT = replace(
    hermes.DIALECT,
    name="hermes_clips",
    spell_call=partial(hermes.spell_call, as_list=True),
    find_call=partial(hermes.find_call, as_list=True),
)
