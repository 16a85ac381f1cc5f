"""RL questions in the columns that the loaders of published systems read: VideoSEAL, LongVideoAgent, LongVT,
LongVideo-R1, VideoZoomer, Video-o3.

Each is a mapping from an RL row. A question that a system's reward cannot judge gives no row.
"""

import json
from collections.abc import Callable

from schemas.codec import canonical
from schemas.settings import Write
from schemas.span import Span, union
from transforms.answers import ASK_FOR, LETTERS, lettered
from transforms.dialects.clocks import spelled
from transforms.dialects.strings import IMAGE
from transforms.tools.tree import width
from transforms.write.exports.base import Export, Row
from transforms.write.exports.looks import VIDEO, without_times

MOST_CHOICES = 5
"""LongVideoAgent has a0 to a4."""

SKIM = {"fps": 1, "min_frames": 1, "max_frames": 512, "max_pixels": 224 * 224}
"""How LongVT looks at the whole video first."""


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


def videozoomer(asked: Row) -> Row:
    """A row of its JSON, whose one `<image>` its loader makes the frames of the video, with their times. By
    `data_source` letters are compared, or a judge is asked where it knows none."""
    extra = asked["extra_info"]
    by_letter = extra["kind"] == "choice"
    answer_type = "multiple_choice" if by_letter else "open_ended"
    return {
        "id": asked["id"],
        "doc_id": asked["id"],
        "videos": [extra["video_uri"]],
        "problem": f"{IMAGE}{_overview(asked)}\n\n{_asked(asked)}",
        "solution": asked["answer"],
        "data_source": "youtube" if by_letter else asked["data_source"],
        "answer_type": answer_type,
        "extra_info": {"answer_type": answer_type},
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


def longvt(asked: Row) -> Row | None:
    """A row of its parquet. `data_source` finds its reward, which holds the last crop against one window; a question
    whose evidence lies in several places has none."""
    extra = asked["extra_info"]
    segments = union(Span(*span) for span in _spans(asked))
    if len(segments) != 1:
        return None
    uri, training = extra["video_uri"], extra["split"] == "train"
    dummy = {"create_kwargs": {"dummy": "dummy"}}
    return {
        "id": asked["id"],
        "data_source": "longvt" if training else "longvt-val",
        "prompt": [asked["prompt"][0], {"role": "user", "content": f"{VIDEO}{_overview(asked)}\n\n{_asked(asked)}"}],
        "videos": [{"type": "video", "video": uri if "://" in uri else f"file://{uri}", **SKIM}],
        "ability": asked["ability"],
        "reward_model": {"style": "rule", "ground_truth": asked["answer"]},
        "extra_info": {
            "split": extra["split"],
            "index": _index(asked),
            "answer": asked["answer"],
            "question": _asked(asked),
            "need_tools_kwargs": True,
            "tools_kwargs": dict.fromkeys(extra["tool_selection"], dummy),
            "video_segment": [segments[0].start_s, segments[0].end_s],
        },
    }


def longvideo_r1(asked: Row) -> Row | None:
    """A row of its parquet. `data_source` finds its reward and the captions of its tool server; the reward is about
    letters, and about the parts of the tree that meet the clues."""
    extra, spans = asked["extra_info"], _spans(asked)
    if extra["kind"] != "choice" or not spans:
        return None
    source = "videocaption_cgbench"
    return {
        "id": asked["id"],
        "data_source": source,
        "prompt": [asked["prompt"][0], {"role": "user", "content": f"{_overview(asked)}\n\n{_asked(asked)}"}],
        "ability": "get_caption",
        "reward_model": {"style": "rule", "ground_truth": asked["answer"]},
        "extra_info": {
            "index": _index(asked),
            "need_tools_kwargs": True,
            "video_uid": asked["video_id"],
            "split": extra["split"],
            "clue_intervals": spans,
            "width": width(extra["duration_s"]),
            "duration": extra["duration_s"],
            "fps": extra["fps"],
            "data_source": source,
        },
    }


def _index(asked: Row) -> int:
    """A number for a row, made of its id: where a row stands in its file is not known before all are there."""
    return int(asked["id"][:8], 16)


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


def _export(form: Callable[[Row], Row | None], used_by: str, video_tag: str = VIDEO) -> Export:
    def rows(asked: Row, settings: Write) -> list[Row]:
        row = form(asked)
        return [] if row is None else [row]

    return Export("question", rows, used_by, video_tag=video_tag)


VIDEOSEAL = _export(videoseal, "VideoSEAL's rLLM")
LONGVIDEOAGENT = _export(longvideoagent, "LongVideoAgent's verl")
LONGVT = _export(longvt, "LongVT's verl")
LONGVIDEO_R1 = _export(longvideo_r1, "LongVideo-R1's verl-tool")
VIDEOZOOMER = _export(videozoomer, "VideoZoomer's verl", video_tag=IMAGE)
VIDEO_O3 = _export(video_o3, "Video-o3's verl")
