"""Every export: what it makes of the tiny release, that loaders open it, and what the audit finds wrong with it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from pipelines.audit import audit
from schemas.codec import canonical, to_json
from schemas.refs import Count, Curated, Kept, Perceived, RowRef
from schemas.settings import SAY_LOSS, ExportName, MiniLmSettings, Write
from schemas.source import Evidence, Rejected, Video
from schemas.span import Span
from schemas.trajectory import Trajectory, Verdict
from tests.trajectories import (
    DATASET,
    INFO,
    WRONG,
    Tiny,
    clips,
    elsewhere,
    question,
    read_lines,
    rl_question,
    tiny,
    trajectory,
    unhurried,
    video,
    write_release,
)
from tests.write.golden import ALL, FOLDER, SHARD, exporting, made, shard_of
from transforms.media.clips import measure
from transforms.store import Store
from transforms.tools.registry import grounded_tools_json
from transforms.write.artifacts import npy
from transforms.write.exports import alpaca, crops, direct, pairs, reflection, sharegpt, swift, swift_rendered
from transforms.write.exports.base import first_trained, rendered
from transforms.write.exports.clips import Shown, path_of
from transforms.write.exports.clips import rows as cut
from transforms.write.exports.looks import without_frames
from transforms.write.exports.registry import EXPORTS
from transforms.write.files import holds_none, write_export
from transforms.write.gather import comparable, curated_rows, load_source
from transforms.write.rows import rl_row

CLIP = path_of(f"{1:064x}", Span(10.0, 14.5))
VECTORS = "artifacts/indexes/semantic/v1/semantic_vectors.npy"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def records(store: Store) -> Tiny:
    return tiny(store)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, store: Store, records: Tiny) -> Path:
    out = tmp_path_factory.mktemp("release")
    write_release(out, store, records, dataset=exporting(*ALL))
    return out


def test_the_golden_files_are_what_is_made(tmp_path: Path) -> None:
    """After a change that is meant: python -m tests.write.golden."""
    assert made(tmp_path) == {name: (FOLDER / f"{name}.json").read_text(encoding="utf-8") for name in ALL}


def test_every_name_has_its_export() -> None:
    assert tuple(EXPORTS) == ALL
    assert tuple(name for name, export in EXPORTS.items() if export.says_loss) == SAY_LOSS


def test_without_exports_nothing_is_different(tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path / "with", store, records, dataset=exporting())
    write_release(tmp_path / "without", store, records)
    with_none, without = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "with", tmp_path / "without")
    )
    assert with_none == without
    assert b"exports" not in without["config.yaml"] and b"loss" not in without["config.yaml"]
    assert {name.split("/")[0] for name in without}.isdisjoint(ALL)


def test_a_release_with_all_exports_passes_the_audit(good: Path) -> None:
    assert [finding for finding in audit(good) if not finding.ok] == []
    listed = [entry["path"] for entry in json.loads((good / "manifest.json").read_text())["files"]]
    for name in ALL:
        assert f"{name}/{shard_of(name)}" in listed
    assert {"sharegpt/dataset_info.json", "alpaca/dataset_info.json"} < set(listed)


def test_datasets_opens_each(good: Path, tmp_path: Path) -> None:
    import datasets

    datasets.disable_progress_bars()
    rows = {}
    for name in ALL:
        files = {"train": str(good / name / "train-*.jsonl"), "validation": str(good / name / "validation-*.jsonl")}
        for split in LACKING.get(name, ()):
            files.pop(split)
        if name == "artifacts":
            files = {"full": str(good / name / "full-*.jsonl")}
        held = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path))
        rows[name] = {split: len(part) for split, part in held.items()}
        shard = shard_of(name)
        # Arrow fills in what a part without text lacks.
        if name not in ("trl", "pairs"):
            assert list(held[shard.split("-")[0]]) == read_lines(good / name / shard)
    counts = {
        **dict.fromkeys(("swift", "swift_rendered", "sharegpt", "trl"), {"train": 4, "validation": 2}),
        **dict.fromkeys(("crops", "clips"), {"train": 4, "validation": 2}),
        "alpaca": {"train": 12, "validation": 6},
        **dict.fromkeys(("rllm", "rl_videoseal", "rl_videozoomer"), {"train": 4, "validation": 3}),
        **dict.fromkeys(("rl_longvideoagent", "rl_longvideo_r1", "rl_video_o3"), {"train": 1, "validation": 1}),
        "rl_longvt": {"train": 4, "validation": 3},
        **dict.fromkeys(("pairs", "reflection"), {"validation": 1}),
        "direct": {"train": 3, "validation": 2},
        "qa": {"train": 3, "validation": 3},
        "grounding": {"train": 1},
        "artifacts": {"full": 4},
    }
    assert {name: rows[name] for name in counts} == counts


LACKING = {"pairs": ["train"], "reflection": ["train"], "grounding": ["validation"]}
"""Splits without rows: only one question has a wrong rollout beside the chosen one, and one asks for a span."""


def test_lines_are_in_order_with_every_key_and_no_null(good: Path) -> None:
    for name in ALL:
        for path in (good / name).glob("*.jsonl"):
            lines = read_lines(path)
            assert [line["id"] for line in lines] == sorted(str(line["id"]) for line in lines)
            assert len({tuple(line) for line in lines}) == (1 if lines else 0)
            assert not any(holds_none(line) for line in lines)


def test_pictures_are_named_from_the_root(good: Path) -> None:
    for name in ("swift", "swift_rendered", "sharegpt", "trl", "rllm", "pairs", "direct", "reflection"):
        for line in read_lines(good / name / SHARD):
            images: Any = line["images"]
            assert images and all(image.startswith("sft/frames/") and (good / image).is_file() for image in images)


def test_smaller_shards_hold_the_same_rows(good: Path, tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path, store, records, dataset=exporting(*ALL), target_bytes=2_000, order=-1)
    for name in ALL:
        shard = shard_of(name)
        split = shard.split("-")[0]
        lines = [line for path in sorted((tmp_path / name).glob(f"{split}*")) for line in read_lines(path)]
        assert lines == read_lines(good / name / shard)
    assert [finding for finding in audit(tmp_path) if not finding.ok] == []


# What each form says.


def test_a_trainer_that_spells_calls_gets_what_the_rendered_row_says(store: Store) -> None:
    """ms-swift and LLaMA-Factory put tags around calls and results; what is between them is word for word in sft/."""
    one = trajectory(store, video(1), question(0, video(1), "open"))
    (row,) = swift.rows(one, Write())
    spelled = ""
    for message in row["messages"][1:]:
        if message["role"] == "tool_call":
            spelled += f"<tool_call>\n{message['content']}\n</tool_call>"
        elif message["role"] == "tool_response":
            words, _, more = message["content"].partition("\n\n")
            spelled += f"<tool_response>\n{words}\n</tool_response>" + (f"\n\n{more}" if more else "")
        else:
            spelled += message["content"]
    assert spelled == "".join(content for _, content in rendered(one, Write()).messages[1:])
    assert row["messages"][1]["content"].count("<image>") == 2, "what the question says of a tag is escaped"
    assert row["solution"] == "<\\|im_end|> Gate"


def test_an_empty_line_before_a_call_is_left_to_swift(store: Store) -> None:
    """Its template for Qwen3.5 (4.6.0) puts one between words and call, whatever the words end with."""
    one = trajectory(store, video(1), question(0, video(1)))
    settings = Write.model_validate({"dialect": {"spelling": "qwen_xml"}})
    said = [
        message["content"] for message in swift.rows(one, settings)[0]["messages"] if message["role"] == "assistant"
    ]
    assert said == [
        "<think>\nThe sign may be in the middle.\n</think>\n\nI look at the middle.",
        "<think>\nSomebody may say it.\n</think>\n\n",
        "<think>\nBoth agree.\n</think>\n\nThe sign is clear.\n<answer>B</answer>",
    ]


def test_tools_have_the_models_names(store: Store) -> None:
    zoom = {"name": "crop_video", "arguments": {"start_s": "start_time", "end_s": "end_time"}}
    settings = Write.model_validate({"dialect": {"tools": {"temporal_zoom": zoom}}})
    one = trajectory(store, video(1), question(0, video(1)))
    (row,) = swift.rows(one, settings)
    call = json.loads(row["messages"][3]["content"])
    assert call == {"name": "crop_video", "arguments": {"start_time": 10.0, "end_time": 14.5}}
    assert json.loads(row["tools"])[0]["function"]["name"] == "crop_video"
    (row,) = sharegpt.rows(one, settings)
    assert (
        '{"name": "crop_video", "arguments": {"start_time": 10.0, "end_time": 14.5}}'
        in row["conversations"][1]["value"]
    )
    assert "temporal_zoom" not in json.dumps(row)


def test_sharegpt_alternates(good: Path) -> None:
    for line in read_lines(good / "sharegpt" / SHARD):
        turns: Any = line["conversations"]
        assert {turn["from"] for turn in turns[::2]} == {"human", "observation"}
        assert {turn["from"] for turn in turns[1::2]} == {"gpt", "function_call"}
        assert turns[-1]["from"] == "gpt"


@pytest.mark.parametrize(
    ("loss", "trained", "steps"), [("last_round", [6], [2]), ("last_two_rounds", [4, 5, 6], [1, 2])]
)
def test_the_rounds_that_are_trained(store: Store, loss: str, trained: list[int], steps: list[int]) -> None:
    settings = Write.model_validate({"exports": SAY_LOSS, "loss": loss})
    one = trajectory(store, video(1), question(0, video(1)))
    (row,) = swift.rows(one, settings)
    said = [message for message in row["messages"] if message["role"] not in ("user", "tool_response")]
    assert [message["role"] for message in said] == ["system", *("assistant", "tool_call") * 2, "assistant"]
    assert [n for n, message in enumerate(said, 1) if message["loss"]] == trained
    assert all(isinstance(message["loss"], bool) for message in row["messages"])
    (strings,) = swift_rendered.rows(one, settings)
    assert [message["role"] for message in strings["messages"]] == ["system", *("user", "assistant") * 3]
    assert [n for n, message in enumerate(strings["messages"][2::2]) if message["loss"]] == steps
    assert not any(message["loss"] for message in strings["messages"] if message["role"] != "assistant")
    assert [row["step"] for row in alpaca.rows(one, settings)] == steps


def test_all_rounds_need_no_key(store: Store) -> None:
    (row,) = swift.rows(trajectory(store, video(1), question(0, video(1))), Write())
    assert {tuple(message) for message in row["messages"]} == {("role", "content")}
    assert [first_trained("last_two_rounds", rounds) for rounds in (1, 2, 3)] == [0, 0, 1]


def test_a_loss_that_nobody_can_say_is_refused() -> None:
    with pytest.raises(ValidationError, match="last_round can be said by none .* add swift or swift_rendered or"):
        Write.model_validate({"exports": ["trl"], "loss": "last_round"})
    with pytest.raises(ValidationError, match="add swift or swift_rendered or alpaca"):
        Write.model_validate({"loss": "last_two_rounds"})
    with pytest.raises(ValidationError, match="swift stands here more than once"):
        Write.model_validate({"exports": ["swift", "swift"]})


@pytest.mark.parametrize("spelling", ["video_zoom", "grounding", "caption_tree", "agents"])
@pytest.mark.parametrize("export", ["swift", "sharegpt"])
def test_a_trainer_that_spells_calls_has_no_words_for_actions(spelling: str, export: str) -> None:
    """LLaMA-Factory 0.9.5 stops at thoughts that are no `<think>` with line breaks; ms-swift writes Hermes."""
    with pytest.raises(ValidationError, match=f"{export} leaves .* the spelling {spelling}: take swift_rendered"):
        Write.model_validate({"dialect": {"spelling": spelling}, "exports": [export]})
    assert Write.model_validate({"dialect": {"spelling": spelling}, "exports": ["swift_rendered"]}).exports


@pytest.mark.parametrize("spelling", ["hermes_result", "hermes_clips", "hermes_final", "qwen_xml"])
def test_rendered_rows_are_in_the_spelling_of_the_dialect(store: Store, spelling: str) -> None:
    settings = Write.model_validate({"dialect": {"spelling": spelling}})
    one = trajectory(store, video(1), question(0, video(1)))
    (row,) = swift_rendered.rows(one, settings)
    messages = [(message["role"], message["content"]) for message in row["messages"]]
    assert tuple(messages) == rendered(one, settings).messages
    assert [message["loss"] for message in row["messages"]] == [role == "assistant" for role, _ in messages]


def test_crops_say_what_is_looked_at(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    boxed = replace(one, frames=tuple(replace(frame, box=(0.0, 0.0, 0.5, 0.5)) for frame in one.frames))
    assert [look["sample"] for look in crops.rows(boxed, Write())[0]["videos"]] == ["coarse", "fine"]
    (row,) = crops.rows(one, Write())
    assert [look["crop"] for look in row["videos"]] == [[-1.0, -1.0], [10.0, 14.5]]
    assert "".join(message["content"] for message in row["messages"]).count("<video>") == 2
    assert "<image>" not in json.dumps(row)


def test_pairs_need_an_accepted_and_a_wrong_rollout(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer=WRONG["choice"])
    (row,) = pairs.rows((one, wrong), Write())
    assert (row["id"], row["rejected_id"]) == (one.id, wrong.id)
    assert row["chosen"][0]["content"][0]["text"].endswith("<answer>B</answer>")
    assert row["rejected"][0]["content"][0]["text"].endswith("<answer>A</answer>")
    assert pairs.rows((one,), Write()) == pairs.rows((wrong,), Write()) == []
    assert pairs.rows((one, replace(wrong, code="too_long")), Write()) == []


@pytest.mark.parametrize("detail", ["coarse", "medium", "fine"])
def test_a_crop_is_sampled_as_the_call_asks(store: Store, detail: str) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    arguments = canonical({"start_s": 10.0, "end_s": 14.5, "detail": detail})
    call = replace(one.turns[4].calls[0], name="temporal_zoom_detail", arguments_json=arguments)
    turns = (*one.turns[:4], replace(one.turns[4], calls=(call,)), *one.turns[5:])
    settings = Write.model_validate({"dialect": {"spelling": "grounding"}})
    listed = grounded_tools_json(("caption_zoom_detail",))
    asked = replace(one, turns=(*turns[:6], one.turns[-1]), tools_json=listed)
    (row,) = crops.rows(asked, settings)
    assert [look["sample"] for look in row["videos"]] == ["coarse", detail]
    assert f'"sampling_strategy": "{detail}"}}</grounding>' in row["messages"][1]["content"]
    assert row["messages"][2]["content"] == "<observation>\n<video>\n</observation>"


@pytest.mark.parametrize("clock", ["seconds", "hms"])
def test_forms_of_videos_tell_no_times_of_frames(store: Store, clock: str) -> None:
    """Their trainers sample the videos themselves."""
    settings = Write.model_validate({"dialect": {"clock": clock}})
    one = trajectory(store, video(1), question(0, video(1)))
    lasts = "60.0 s" if clock == "seconds" else "00:01:00"
    shown = Shown(one, {Span(10.0, 14.5): ("d" * 64, 9)})
    for row in (*crops.rows(one, settings), *cut(shown, settings)):
        said = [message["content"] for message in row["messages"] if message["role"] == "user"]
        assert said[0].startswith(f"<video>The video lasts {lasts}.\n\nWhat does")
        assert said[1] == "<tool_response>\n<video>\n</tool_response>"
    (asked,) = EXPORTS["qa"].rows(rl_row(rl_question(one, 1), 0, INFO, settings.dialect), settings)
    assert asked["messages"][1]["content"].startswith(f"<video>The video lasts {lasts}.\n\nWhat does the sign say?")
    boxed = replace(one.turns[5], look_text="1 frame at 12.00 s, its region from x 0.1 to 0.5 and from y 0 to 0.875.")
    assert without_frames(boxed).look_text == ""
    assert without_frames(replace(boxed, frame_refs=())) == replace(boxed, frame_refs=())


def test_a_text_model_is_told_of_no_frames_at_first(store: Store) -> None:
    rows = alpaca.rows(trajectory(store, video(1), question(0, video(1))), Write())
    assert rows[0]["instruction"].startswith("The video lasts 60.0 s.\n\nWhat does the sign say?")
    assert rows[1]["history"][0][0] == rows[0]["instruction"]
    assert rows[1]["instruction"] == "<tool_response>\n3 frames at 10.00, 12.00, 13.00 s.\n</tool_response>"


def test_a_pair_parts_at_the_first_turn_that_differs(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    turns = list(one.turns)
    turns[4] = replace(turns[4], reasoning="It may be at the end.")
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer="A", turns=tuple(turns))
    (row,) = pairs.rows((wrong, one), Write())
    assert [message["role"] for message in row["prompt"]] == ["system", "user"]
    assert row["images"] == [frame.sha256 for frame in one.frames[:2]]
    assert "It may be at the end." in row["rejected"][0]["content"][0]["text"]


def test_words_of_caption_space_are_not_rejected_ones(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    against = Verdict("words", "filter", "caption_words", "it says caption")
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer="A", verdicts=(against,))
    assert pairs.rows((one, wrong), Write()) == []
    assert len(pairs.rows((one, replace(wrong, verdicts=(replace(against, verifier="evidence"),))), Write())) == 1


def recovered(store: Store, **change: Any) -> tuple[Trajectory, Trajectory]:
    """A right rollout, and a wrong one that looked elsewhere."""
    one = unhurried(trajectory(store, video(1), question(0, video(1))))
    wrong = replace(elsewhere(one), id="v1-q0-01", status="filter", code="wrong_answer", answer="A")
    return one, replace(wrong, **change)


def test_reflection_trains_all_but_the_wrong_call(store: Store) -> None:
    one, wrong = recovered(store)
    (row,) = reflection.rows((wrong, one), Write())
    assert (row["id"], row["wrong_id"], row["solution"]) == (one.id, wrong.id, "B")
    said = [(message["role"], message["loss"]) for message in row["messages"]]
    wrong_call, right_call, shown = ("assistant", False), ("assistant", True), ("user", False)
    assert said == [("system", False), shown, wrong_call, shown, right_call, shown, right_call, shown, right_call]
    rest = [(message["role"], message["content"]) for message in row["messages"]]
    assert (*rest[:2], *rest[4:]) == rendered(one, Write()).messages
    assert '"start_s": 40.0' in rest[2][1]
    frames = [frame.sha256 for frame in one.frames]
    assert row["images"] == [*frames[:2], *frames[2:4], frames[0], *frames[2:4]]
    assert "".join(message["content"] for message in row["messages"]).count("<image>") == len(row["images"])


def test_no_reflection_where_it_is_not_known_to_be_wrong(store: Store) -> None:
    one, wrong = recovered(store)
    unknown = replace(one, question=replace(one.question, evidence=()))
    assert reflection.rows((unknown, wrong), Write()) == []
    near = (Evidence(Span(44.0, 50.0), None, "screen", "Gate 14"),)
    assert reflection.rows((replace(one, question=replace(one.question, evidence=near)), wrong), Write()) == []
    words = Verdict("words", "filter", "caption_words", "it says caption")
    assert reflection.rows(recovered(store, verdicts=(words,)), Write()) == []
    assert reflection.rows((one, replace(wrong, turns=one.turns, frames=one.frames)), Write()) == []
    assert reflection.rows((wrong,), Write()) == reflection.rows((one,), Write()) == []
    search = replace(wrong.turns[4].calls[0], name="subtitle_retrieval", arguments_json='{"query":"map","top_k":3}')
    searching = replace(wrong.turns[4], calls=(search,))
    assert reflection.rows((one, replace(wrong, turns=(*wrong.turns[:4], searching, *wrong.turns[5:]))), Write()) == []


def test_no_reflection_where_the_rest_would_not_hold(store: Store) -> None:
    hurried = trajectory(store, video(1), question(0, video(1)))
    assert reflection.rows((hurried, recovered(store)[1]), Write()) == [], "no call was left for one more"
    one, wrong = recovered(store)
    again = replace(one.turns[6], calls=(replace(wrong.turns[4].calls[0], id="c2"),))
    twice = replace(one, turns=(*one.turns[:6], again, *one.turns[7:]))
    assert reflection.rows((twice, wrong), Write()) == [], "the wrong call is made later"


def asked_as(store: Store, name: ExportName, kind: str = "choice") -> list[dict[str, Any]]:
    one = rl_question(trajectory(store, video(1), question(0, video(1), kind)), 1)
    return EXPORTS[name].rows(rl_row(one, 0, INFO), Write())


def test_videoseal_reads_the_spans_of_the_evidence(store: Store) -> None:
    (row,) = asked_as(store, "rl_videoseal")
    assert (row["uid"], row["ground_truth"]) == (row["id"], "B")
    assert row["question"] == "What does the sign say?\nA. Exit\nB. Gate 14\nAnswer with the letter."
    assert row["options"] == "A. Exit\nB. Gate 14"
    assert (row["video_path"], row["video_duration_sec"]) == ("clips/v1.mp4", 60.0)
    assert row["time_reference"] == "00:00:10-00:00:14.5"
    assert json.loads(row["meta_json"]) == {"clue_intervals": [[10.0, 14.5]]}
    (count,) = asked_as(store, "rl_videoseal", "count")
    assert (count["options"], count["ground_truth"]) == ("", "3")


def test_longvideoagent_answers_by_number(store: Store) -> None:
    (row,) = asked_as(store, "rl_longvideoagent")
    assert row["reward_model"] == {"ground_truth": "a1", "one_turn": False}
    assert row["data_source"] == "tvqa_plus_vision"
    assert row["extra_info"]["choices"] == {"0": "Exit", "1": "Gate 14", "2": "", "3": "", "4": ""}
    assert row["extra_info"]["original_question"] == "What does the sign say?"
    assert row["prompt"][1]["content"] == (
        "The video lasts 60.0 s.\n\nWhat does the sign say?\na0: Exit\na1: Gate 14\nAnswer with a0 or a1."
    )
    assert asked_as(store, "rl_longvideoagent", "open") == []


def test_longvt_is_rewarded_for_one_window(store: Store) -> None:
    (row,) = asked_as(store, "rl_longvt")
    assert (row["data_source"], row["reward_model"]) == ("longvt", {"style": "rule", "ground_truth": "B"})
    asked = "What does the sign say?\nA. Exit\nB. Gate 14\nAnswer with the letter."
    assert row["prompt"][1]["content"] == f"<video>The video lasts 60.0 s.\n\n{asked}"
    (shown,) = row["videos"]
    assert shown == {
        "type": "video",
        "video": "file://clips/v1.mp4",
        "fps": 1,
        "min_frames": 1,
        "max_frames": 512,
        "max_pixels": 50176,
    }
    extra = row["extra_info"]
    assert (extra["question"], extra["answer"], extra["video_segment"]) == (asked, "B", [10.0, 14.5])
    assert list(extra["tools_kwargs"]) == ["temporal_zoom", "subtitle_retrieval"]
    assert [one["extra_info"]["video_segment"] for one in asked_as(store, "rl_longvt", "span")] == [[10.0, 14.5]]


@pytest.mark.parametrize(
    ("spans", "segment"),
    [([], None), ([(1.0, 3.0), (2.5, 6.0)], [1.0, 6.0]), ([(1.0, 3.0), (8.0, 9.0)], None)],
)
def test_longvt_has_no_window_for_evidence_in_several_places(
    store: Store, spans: list[tuple[float, float]], segment: list[float] | None
) -> None:
    one = trajectory(store, video(1), question(0, video(1)), split="validation")
    (piece,) = one.question.evidence
    evidence = tuple(replace(piece, span=Span(*span)) for span in spans)
    asked = rl_question(replace(one, question=replace(one.question, evidence=evidence)), 1)
    rows = EXPORTS["rl_longvt"].rows(rl_row(asked, 0, INFO), Write())
    assert [row["extra_info"]["video_segment"] for row in rows] == ([segment] if segment else [])
    assert [row["data_source"] for row in rows] == (["longvt-val"] if segment else [])


def test_longvideo_r1_is_rewarded_for_parts_of_the_tree(store: Store) -> None:
    (row,) = asked_as(store, "rl_longvideo_r1")
    assert (row["data_source"], row["ability"]) == ("videocaption_cgbench", "get_caption")
    assert row["reward_model"] == {"style": "rule", "ground_truth": "B"}
    assert row["prompt"][1]["content"].startswith("The video lasts 60.0 s.\n\nWhat does the sign say?\nA. Exit\n")
    assert row["extra_info"] == {
        "index": int(row["id"][:8], 16),
        "need_tools_kwargs": True,
        "video_uid": "v1",
        "split": "train",
        "clue_intervals": [[10.0, 14.5]],
        "width": 4,
        "duration": 60.0,
        "fps": 25.0,
        "data_source": "videocaption_cgbench",
    }
    assert asked_as(store, "rl_longvideo_r1", "open") == []


def test_videozoomer_has_one_placeholder_for_a_video(store: Store) -> None:
    (row,) = asked_as(store, "rl_videozoomer")
    asked = "What does the sign say?\nA. Exit\nB. Gate 14\nAnswer with the letter."
    assert row == {
        "id": row["id"],
        "doc_id": row["id"],
        "videos": ["clips/v1.mp4"],
        "problem": f"<image>The video lasts 60.0 s.\n\n{asked}",
        "solution": "B",
        "data_source": "youtube",
        "answer_type": "multiple_choice",
        "extra_info": {"answer_type": "multiple_choice"},
    }
    (count,) = asked_as(store, "rl_videozoomer", "count")
    assert (count["solution"], count["answer_type"], count["data_source"]) == ("3", "open_ended", "frametrail/tiny")


def test_video_o3_finds_its_reward_by_the_number_of_clues(store: Store) -> None:
    (row,) = asked_as(store, "rl_video_o3")
    assert row["solution"] == {"answer": "B", "clue": [{"timestamp": [10.0, 14.5], "text": "Gate 14"}]}
    assert (row["question"], row["data_source"]) == ("What does the sign say?", "clue_single_w_tool")
    assert (row["options"], row["video"]) == (["A. Exit", "B. Gate 14"], "clips/v1.mp4")
    assert asked_as(store, "rl_video_o3", "span") == []
    one = trajectory(store, video(1), question(0, video(1)))
    for evidence, source in ((one.question.evidence * 2, "clue_multi_w_tool"), ((), "")):
        asked = rl_question(replace(one, question=replace(one.question, evidence=evidence)), 1)
        rows = EXPORTS["rl_video_o3"].rows(rl_row(asked, 0, INFO), Write())
        assert [row["data_source"] for row in rows] == [source] * bool(source)


def test_a_row_that_loaders_would_stumble_over_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="something in a is None"):
        write_export(str(tmp_path), "swift/a.jsonl", [{"id": "a", "deep": [{"x": None}]}])
    with pytest.raises(ValueError, match="b has the keys id, y, the first row id, x"):
        write_export(str(tmp_path), "swift/a.jsonl", [{"id": "a", "x": 1}, {"id": "b", "y": 1}])
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_a_clip_for_every_window(good: Path) -> None:
    for line in read_lines(good / "clips" / SHARD):
        videos: Any = line["videos"]
        assert [video for video in videos if "cropped" in video] == [
            path_of(f"{int(str(line['id'])[1]):064x}", Span(*window))
            for window in line["tool_params"]  # type: ignore[attr-defined]
        ]
        assert measure(good / videos[1]) == (9, 4.5), "two frames a second"


def test_a_bare_answer_needs_all_of_its_evidence_in_the_overview(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    (seen,) = one.question.evidence
    assert [row["messages"][-1]["content"] for row in direct.rows(one, Write())] == ["<answer>B</answer>"]
    for evidence in (
        (),
        (replace(seen, modality="speech"),),
        (seen, replace(seen, span=Span(11.5, 14.5))),
    ):
        assert direct.rows(replace(one, question=replace(one.question, evidence=evidence)), Write()) == []
    assert direct.rows(trajectory(store, video(1), question(0, video(1), "span")), Write()) == []


# What the audit finds.


def _edit(root: Path, name: ExportName, change: Callable[[list[dict[str, Any]]], object]) -> None:
    shard = root / name / shard_of(name)
    rows: list[dict[str, Any]] = read_lines(shard)
    change(rows)
    shard.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


DAMAGE: dict[str, tuple[ExportName, Callable[[list[dict[str, Any]]], object], set[str]]] = {
    "another answer": ("swift", lambda rows: rows[0].update(solution="C"), {"exported"}),
    "a row gone": ("sharegpt", lambda rows: rows.pop(), {"exported"}),
    "a row twice": ("trl", lambda rows: rows.append(rows[0]), {"exported"}),
    "another order": ("alpaca", lambda rows: rows.reverse(), {"exported"}),
    "a null": ("alpaca", lambda rows: rows[0].update(input=None), {"exported"}),
    "a key more": ("rllm", lambda rows: rows[0].update(more=1), {"exported"}),
    "a pair turned round": ("pairs", lambda rows: rows[0].update(chosen=rows[0]["rejected"]), {"exported"}),
    "a wrong call that is trained": (
        "reflection",
        lambda rows: [message.update(loss=True) for message in rows[0]["messages"] if message["role"] == "assistant"],
        {"exported"},
    ),
    "a picture of nobody": (
        "swift",
        lambda rows: rows[0]["images"].__setitem__(0, "sft/frames/00/00.jpg"),
        {"exported", "media"},
    ),
    "a picture too many": ("trl", lambda rows: rows[0]["images"].append(rows[0]["images"][0]), {"exported", "media"}),
    "a foreign video": ("crops", lambda rows: rows[0]["videos"][0].update(url="x.mp4"), {"exported", "media"}),
    "a look without its tag": ("crops", lambda rows: rows[0]["videos"].pop(), {"exported", "media"}),
    "a clip of nobody": (
        "clips",
        lambda rows: rows[0]["videos"].__setitem__(1, "clips/cropped_video/00/00.mp4"),
        {"exported", "media"},
    ),
    "a frame too many": ("clips", lambda rows: rows[0]["frames"].__setitem__(0, 10), {"exported"}),
    "a bare answer that is wrong": (
        "direct",
        lambda rows: rows[0]["messages"][-1].update(content="<answer>A, B</answer>"),
        {"exported"},
    ),
    "a question of the other task": ("qa", lambda rows: rows[0].update(data_type="grounding"), {"exported"}),
    "another span": ("grounding", lambda rows: rows[0].update(timestamp=[[0.0, 1.0]]), {"exported"}),
    "another index": ("artifacts", lambda rows: rows[0].update(index="artifacts"), {"exported"}),
}


FILES: dict[str, tuple[str, bytes | None, set[str]]] = {
    "a clip that is none": (CLIP, b"no film", {"exported", "clips", "digests"}),
    "a clip gone": (CLIP, None, {"exported", "media", "clips", "listing"}),
    "a clip too many": (f"{CLIP}.mp4", b"", {"clips", "listing"}),
    "another story": ("artifacts/summaries/v1/full_story.txt", b"A cat.", {"artifacts", "digests"}),
    "no captions": ("artifacts/indexes/semantic/v1/semantic_captions.json", None, {"artifacts", "listing"}),
    "a video too many": ("artifacts/summaries/v9/full_story.txt", b"", {"artifacts", "listing"}),
    "vectors of nobody": (VECTORS, npy(np.full((1, 1), 1, np.float32)), {"artifacts", "listing"}),
}


@pytest.mark.parametrize("damage", FILES)
def test_damaged_files_are_found(good: Path, tmp_path: Path, damage: str) -> None:
    path, data, wanted = FILES[damage]
    out = tmp_path / "release"
    shutil.copytree(good, out)
    if data is None:
        (out / path).unlink()
    else:
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)
    assert {finding.check for finding in audit(out) if not finding.ok} == wanted


def test_a_row_without_clips_is_missed_unless_a_reject_says_why(tmp_path: Path, store: Store, records: Tiny) -> None:
    why = Rejected("write", "no_clip", "fail", "export", "clips/v1-q0-00", "nothing is displayed there", "v1")
    counts = (Count("write", "in", ""), Count("write", "failed", "no_clip"))
    lacking = replace(records, rejects=(*records.rejects, why), counts=(*records.counts, *counts))
    write_release(tmp_path, store, lacking, dataset=exporting("clips"))
    assert [finding for finding in audit(tmp_path) if not finding.ok] == []
    assert [line["id"] for line in read_lines(tmp_path / "clips" / "train-00000-of-00001.jsonl")][0] == "v1-q1-00"

    other = replace(lacking, rejects=(*records.rejects, replace(why, id="clips/v2-q2-00")))
    shutil.rmtree(tmp_path / "clips")
    write_release(tmp_path, store, other, dataset=exporting("clips"))
    shard = tmp_path / "clips" / "train-00000-of-00001.jsonl"
    shard.write_text("".join(shard.read_text().splitlines(keepends=True)[1:]))
    found = [finding.detail for finding in audit(tmp_path) if not finding.ok and finding.check == "exported"]
    assert "v1-q0-00" in found[0]


def test_a_clip_of_another_length_is_found(good: Path, tmp_path: Path, store: Store) -> None:
    out = tmp_path / "release"
    shutil.copytree(good, out)
    one = trajectory(store, video(1), question(0, video(1)))
    short = replace(
        one, turns=tuple(replace(turn, spans=(Span(10.0, 14.0),) if turn.spans else ()) for turn in one.turns)
    )
    ((sha256, frames),) = clips(short, store).values()
    (out / CLIP).write_bytes(store.blob(sha256))
    assert frames == 8
    found = [finding.detail for finding in audit(out) if not finding.ok and finding.check == "clips"]
    assert found == [f"{CLIP} lasts 4 s, its window 4.5 s"]


@pytest.fixture(scope="module")
def by_meaning(tmp_path_factory: pytest.TempPathFactory, store: Store, records: Tiny) -> Path:
    """A release whose retrieval goes by vectors."""
    out = tmp_path_factory.mktemp("vectors")
    explore = DATASET.explore.model_copy(update={"retrieval": MiniLmSettings()})
    write_release(out, store, records, dataset=exporting("artifacts").model_copy(update={"explore": explore}))
    return out


def test_vectors_lie_beside_the_captions(by_meaning: Path) -> None:
    assert [finding for finding in audit(by_meaning) if not finding.ok] == []
    folder = by_meaning / "artifacts" / "indexes" / "semantic" / "v1"
    assert np.load(folder / "semantic_vectors.npy").tolist() == np.array([[0.6, 0, 0.8]], np.float32).tolist()
    assert np.load(folder / "semantic_norms.npy").tolist() == [1.0]
    assert (folder / "semantic_doc_ids.txt").read_text() == "0_60\n"
    assert json.loads((folder / "semantic_index.json").read_text()) == {
        "doc_ids": ["0_60"],
        "vectors": [[0.6, 0.0, 0.8]],
        "norms": [1.0],
        "model": "all-MiniLM-L6-v2",
        "dimension": 3,
    }


@pytest.mark.parametrize(
    ("vectors", "found"),
    [
        (np.ones((1, 3), np.float32), "the vectors of the video 'v1' are not of length 1"),
        (
            np.zeros((2, 3), np.float32),
            "the vectors of the video 'v1' are float32 of shape (2, 3), not float32 rows for 1 captions",
        ),
        (None, "the video 'v1' has no vectors by all-MiniLM-L6-v2, and no reject says why"),
    ],
)
def test_odd_vectors_are_found(by_meaning: Path, tmp_path: Path, vectors: np.ndarray | None, found: str) -> None:
    out = tmp_path / "release"
    shutil.copytree(by_meaning, out)
    (out / VECTORS).unlink()
    if vectors is not None:
        (out / VECTORS).write_bytes(npy(vectors))
    assert found in [finding.detail for finding in audit(out) if not finding.ok and finding.check == "artifacts"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(good: Path, tmp_path: Path, damage: str) -> None:
    name, change, wanted = DAMAGE[damage]
    out = tmp_path / "release"
    shutil.copytree(good, out)
    _edit(out, name, change)
    found = {finding.check for finding in audit(out) if not finding.ok}
    assert found - {"digests", "row_counts"} - {"card"} == wanted


def test_an_export_that_the_settings_do_not_name_is_found(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    shutil.copytree(good, out)
    config = out / "config.yaml"
    config.write_text(config.read_text().replace("      - trl\n", ""))
    assert "trl/ is there, but config.yaml names no such export" in [finding.detail for finding in audit(out)]


# From what Curated has of a question to rows.


def test_a_question_as_curated_gives_its_pair(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer=WRONG["choice"])
    late = replace(one, id="v1-q0-02", status="filter", code="not_best")
    curated = Curated(
        Perceived(Video("v1", "v1.mp4", "/v1.mp4"), "t", 60.0),
        one.question,
        0.5,
        3,
        "train",
        tuple(kept(of, store) for of in (late, wrong, one)),
    )
    refs = [ref for ref in curated_rows(curated, ("swift", "pairs", "rllm")) if ref.table in ALL]
    assert [(ref.table, ref.split, ref.id) for ref in refs] == [
        ("swift", "train", "v1-q0-00"),
        ("pairs", "train", "v1-q0-00"),
    ]
    (pair,) = exported(refs[1], store)
    assert (pair["id"], pair["rejected_id"]) == ("v1-q0-00", "v1-q0-01")
    assert comparable([kept(of, store) for of in (late, wrong)]) == ()


def exported(ref: RowRef, store: Store) -> list[dict[str, Any]]:
    """The rows of an export that come of one ref."""
    return EXPORTS[ref.table].rows(load_source(ref, INFO, store, Write()), Write())


def kept(of: Trajectory, store: Store) -> Kept:
    record = store.put_blob(to_json(of))
    ids = (of.id, of.video.id, of.question.id, of.lineage.rollout)
    return Kept(*ids, record, of.status, of.code, of.right, 2, len(of.frames), 100, 20, record_bytes=1)
