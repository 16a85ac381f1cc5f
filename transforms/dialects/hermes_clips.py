"""Hermes whose `arguments` are a list of clips (VideoTemp-o3); here always of one, as one window is opened per call."""

from dataclasses import replace
from functools import partial

from transforms.dialects import hermes

_HOW = (
    "For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML"
    " tags. The arguments are a list of clips, each an object of the parameters:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": [<args-json-object>]}\n</tool_call>'
)
_system, _read_system = hermes.listing(_HOW)

DIALECT = replace(
    hermes.DIALECT,
    name="hermes_clips",
    system=_system,
    read_system=_read_system,
    spell_call=partial(hermes.spell_call, as_list=True),
    find_call=partial(hermes.find_call, as_list=True),
)
