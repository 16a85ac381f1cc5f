"""`<grounding>{"temporal_segment": [start, end], "sampling_strategy": "medium"}</grounding>`, as Video-o3 looks again
(arXiv 2601.23224)."""

from transforms.dialects.actions import dialect_of_actions, json_action
from transforms.dialects.strings import Tags

_GROUNDING = json_action(
    "grounding",
    '{"temporal_segment": [start_s, end_s], "sampling_strategy": "detail"}',
    lambda a: {"temporal_segment": [a["start_s"], a["end_s"]], "sampling_strategy": a["detail"]},
    lambda b: {
        "start_s": b["temporal_segment"][0],
        "end_s": b["temporal_segment"][1],
        "detail": b["sampling_strategy"],
    },
)

DIALECT = dialect_of_actions(
    "grounding",
    {"temporal_zoom_detail": _GROUNDING},
    thoughts=Tags("<think>", "</think>\n"),
    response=Tags("<observation>\n", "\n</observation>"),
)
