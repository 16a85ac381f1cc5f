"""RL questions in the columns that the loaders of published systems read: VideoSEAL, LongVideoAgent, Video-o3.

Each is a mapping from an RL row. A question that a system's reward cannot judge gives no row.
"""

import json
from collections.abc import Callable

from schemas.codec import canonical
from schemas.settings import Write
from transforms.answers import ASK_FOR, LETTERS, lettered
from transforms.dialects.clocks import spelled
from transforms.dialects.strings import IMAGE
from transforms.write.exports.base import Export, Row
from transforms.write.exports.looks import without_times

MOST_CHOICES = 5
"""LongVideoAgent has a0 to a4."""


def videoseal(asked: Row) -> Row:
    """A task of its fork of rLLM: the planner sees no picture, the reward reads the spans of the evidence."""
    extra = asked["extra_info"]
    spans = _spans(asked)
    return {
        "id": asked["id"],
        "uid": asked["id"],
        "question": _asked(asked),
        "options": "\n".join(lettered(extra["choices"])),
        "ground_truth": asked["answer"],
        "data_source": asked["data_source"],
        "video_id": asked["video_id"],
        "video_path": extra["video_uri"],
        "video_duration_sec": extra["duration_s"],
        "time_reference": "; ".join("-".join(spelled(time_s, "hms") for time_s in span) for span in spans),
        "meta_json": canonical({"clue_intervals": spans}),
    }


def longvideoagent(asked: Row) -> Row | None:
    """A row of its parquet. Its reward is about the number in an answer a0 to a4, so questions have these choices."""
    extra = asked["extra_info"]
    if extra["kind"] != "choice" or len(extra["choices"]) > MOST_CHOICES:
        return None
    names = [f"a{n}" for n in range(len(extra["choices"]))]
    choices = [f"{name}: {text}" for name, text in zip(names, extra["choices"], strict=True)]
    question = "\n".join([_question(asked), *choices, f"Answer with {', '.join(names[:-1])} or {names[-1]}."])
    filled = [*extra["choices"], *[""] * (MOST_CHOICES - len(names))]
    return {
        "id": asked["id"],
        "prompt": [asked["prompt"][0], {"role": "user", "content": f"{_overview(asked)}\n\n{question}"}],
        "data_source": "tvqa_plus_vision",
        "reward_model": {"ground_truth": f"a{LETTERS.index(asked['answer'])}", "one_turn": False},
        "extra_info": {
            "vid_name": asked["video_id"],
            "video_id": asked["video_id"],
            "original_question": _question(asked),
            "choices": {str(n): text for n, text in enumerate(filled)},
            "episode_sub_block": "",
        },
    }


def video_o3(asked: Row) -> Row | None:
    """A row of its JSON. `data_source` names its prompt and its reward, which are for letters and for clues."""
    extra = asked["extra_info"]
    clues = [
        {"timestamp": span, "text": piece["text"]} for span, piece in zip(_spans(asked), _evidence(asked), strict=True)
    ]
    if extra["kind"] != "choice" or not clues:
        return None
    return {
        "id": asked["id"],
        "question": _question(asked),
        "options": lettered(extra["choices"]),
        "video": extra["video_uri"],
        "solution": {"answer": asked["answer"], "clue": clues},
        "data_source": "clue_single_w_tool" if len(clues) == 1 else "clue_multi_w_tool",
    }


def _text(asked: Row) -> str:
    text: str = asked["problem"].removeprefix(IMAGE * len(asked["images"]))
    return text


def _overview(asked: Row) -> str:
    """What is told of the video beside the question, to a model that is shown no picture."""
    return without_times(_text(asked).partition("\n\n")[0])


def _asked(asked: Row) -> str:
    """The question with its choices and how to answer, without the overview before it."""
    return _text(asked).partition("\n\n")[2]


def _question(asked: Row) -> str:
    """The question alone."""
    extra = asked["extra_info"]
    return _asked(asked).removesuffix("\n" + "\n".join([*lettered(extra["choices"]), ASK_FOR[extra["kind"]]]))


def _evidence(asked: Row) -> list[Row]:
    held: list[Row] = json.loads(asked["extra_info"]["evidence_json"])
    return held


def _spans(asked: Row) -> list[list[float]]:
    """Start and end of each piece of evidence, in seconds."""
    return [[piece["span"]["start_s"], piece["span"]["end_s"]] for piece in _evidence(asked)]


def _export(form: Callable[[Row], Row | None], used_by: str) -> Export:
    def rows(asked: Row, settings: Write) -> list[Row]:
        row = form(asked)
        return [] if row is None else [row]

    return Export("question", rows, used_by)


VIDEOSEAL = _export(videoseal, "VideoSEAL's rLLM")
LONGVIDEOAGENT = _export(longvideoagent, "LongVideoAgent's verl")
VIDEO_O3 = _export(video_o3, "Video-o3's verl")
