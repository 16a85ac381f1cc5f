"""`<video_zoom>{"segment": [start, end], "fps": n}</video_zoom>`, as VideoZoomer calls its one tool (arXiv
2512.22315)."""

from transforms.dialects.actions import dialect_of_actions, json_action
from transforms.dialects.strings import Tags

_ZOOM = json_action(
    "video_zoom",
    '{"segment": [start_s, end_s], "fps": fps}',
    lambda a: {"segment": [a["start_s"], a["end_s"]], "fps": a["fps"]},
    lambda b: {"start_s": b["segment"][0], "end_s": b["segment"][1], "fps": b["fps"]},
)

DIALECT = dialect_of_actions(
    "video_zoom",
    {"temporal_zoom_fps": _ZOOM},
    thoughts=Tags("<think>", "</think>\n"),
    response=Tags("<tool_response>\n", "\n</tool_response>"),
)
