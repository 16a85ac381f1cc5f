"""Questions to be trained on by rewards, as VideoTemp-o3's plugin reads them: those for a span, which are rewarded by
IoU, in a folder of their own, and all others, which are rewarded for the answer."""

import json
from functools import partial
from typing import Literal

from schemas.settings import Write
from transforms.write.exports.base import Export, Row
from transforms.write.exports.looks import as_videos, without_times

Task = Literal["qa", "grounding"]


def rows(asked: Row, settings: Write, task: Task) -> list[Row]:
    """Of an RL row; none of a question that is of the other task."""
    extra = asked["extra_info"]
    if (extra["kind"] == "span") != (task == "grounding"):
        return []
    return [
        {
            "id": asked["id"],
            "messages": [asked["prompt"][0], {"role": "user", "content": _of_a_video(asked["problem"])}],
            "videos": [extra["video_uri"]],
            "data_type": task,
            "timestamp": _spans(extra),
            "solution": asked["solution"],
            "video_id": asked["video_id"],
            "duration_s": extra["duration_s"],
        }
    ]


def _of_a_video(problem: str) -> str:
    """The overview as one video, whose frames its trainer picks itself, and the question as it is."""
    overview, gap, question = problem.partition("\n\n")
    return as_videos(without_times(overview)) + gap + question


def _spans(extra: Row) -> list[list[float]]:
    """What a window is held against, in seconds: the span that is asked for, else the evidence."""
    if extra["kind"] == "span":
        return [json.loads(extra["answer_json"])]
    return [[one["span"]["start_s"], one["span"]["end_s"]] for one in json.loads(extra["evidence_json"])]


QA = Export("question", partial(rows, task="qa"), "VideoTemp-o3: RL, rewarded for the answer")
GROUNDING = Export("question", partial(rows, task="grounding"), "VideoTemp-o3: RL, rewarded by IoU")
