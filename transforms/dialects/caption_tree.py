"""`<tool>get_caption((1,2,3))</tool>`, a node of the caption tree by its path, as LongVideo-R1 asks for it (arXiv
2602.20913).

Its tool server and its reward read what stands between the brackets as Python values. So a path of one number keeps a
comma, `(2,)`, as without it that is a number and no path; and a question stands in quotes, as JSON, whose strings
Python reads too.
"""

import re

from transforms.dialects.actions import Action, Arguments, dialect_of_actions
from transforms.dialects.escape import escape, unescape
from transforms.dialects.listing import dumps, string_in
from transforms.dialects.strings import Tags

_PATH = re.compile(r"[1-9]\d*(?:,[1-9]\d*){0,2}")
_TUPLE = r"\(([1-9]\d*,|[1-9]\d*(?:,[1-9]\d*){1,2})\)"
_CAPTION = re.compile(rf"get_caption\({_TUPLE}\)")
_QA = re.compile(rf"video_qa\({_TUPLE}, (\".*\")\)")


def _write_caption(arguments: Arguments) -> str:
    return f"get_caption({_tuple(arguments)})"


def _read_caption(body: str) -> Arguments | None:
    found = _CAPTION.fullmatch(body)
    return {"path": found[1].removesuffix(",")} if found else None


def _write_qa(arguments: Arguments) -> str:
    return f"video_qa({_tuple(arguments)}, {dumps(escape(arguments['question']))})"


def _read_qa(body: str) -> Arguments | None:
    found = _QA.fullmatch(body)
    return {"path": found[1].removesuffix(","), "question": unescape(string_in(found[2]))} if found else None


def _tuple(arguments: Arguments) -> str:
    path = arguments["path"]
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path in the tree, such as 1,2,3")
    return f"({path})" if "," in path else f"({path},)"


DIALECT = dialect_of_actions(
    "caption_tree",
    {
        "get_caption": Action("tool", "get_caption((path))", _write_caption, _read_caption),
        "inspect_node": Action("tool", 'video_qa((path), "question")', _write_qa, _read_qa),
    },
    thoughts=Tags("<think>", "</think>\n"),
    response=Tags("<information>\n", "\n</information>"),
)
