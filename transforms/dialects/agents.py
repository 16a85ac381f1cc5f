"""`<search>`, `<request_grounding>` and `<reasoning>`, as LongVideoAgent's master agent asks its two helpers (arXiv
2512.20618): one that looks, one that finds the clip.

There the helper looks at the clip that was found last; here the call says which stretch, so that it can be understood,
and checked, without what came before.
"""

import json
import re

from transforms.dialects.actions import Action, Arguments, dialect_of_actions
from transforms.dialects.escape import escape, unescape
from transforms.dialects.strings import Tags

_SEARCH = re.compile(r"(\d+\.\d+)-(\d+\.\d+): (.*)", re.DOTALL)


def _write_search(arguments: Arguments) -> str:
    body = f"{json.dumps(arguments['start_s'])}-{json.dumps(arguments['end_s'])}: {escape(arguments['question'])}"
    if _read_search(body) != arguments:
        raise ValueError("its times are no plain decimal numbers")
    return body


def _read_search(body: str) -> Arguments:
    found = _SEARCH.fullmatch(body)
    if not found:
        raise ValueError("it names no stretch and question")
    return {"start_s": float(found[1]), "end_s": float(found[2]), "question": unescape(found[3])}


_SEARCH_ACTION = Action("search", "start_s-end_s: question", _write_search, _read_search)
_GROUNDING = Action(
    "request_grounding", "event", lambda arguments: escape(arguments["event"]), lambda body: {"event": unescape(body)}
)

DIALECT = dialect_of_actions(
    "agents",
    {"inspect": _SEARCH_ACTION, "event_grounding": _GROUNDING},
    thoughts=Tags("<reasoning>", "</reasoning>\n"),
    response=Tags("<information>\n", "\n</information>"),
)
