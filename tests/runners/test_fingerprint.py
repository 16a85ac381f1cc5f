"""What makes another release, and what does not."""

import ast
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import code
from runners.building import release_info
from runners.fingerprint import NOT_IN_A_RELEASE, changed, engine_identities, fingerprint, parts_of_manifest
from schemas.settings import Dataset
from schemas.source import Question, Rejected, Video
from transforms.write.manifest import build_manifest

VIDEO = Video("v", "v.mp4", "/here/v.mp4", "ab" * 32, license="MIT", group="g")
QUESTION = Question("q", "v", "How many?", "count", 2.0)
REJECTED = Rejected("read", "bad_json", "fail", "line", "videos.jsonl:3", "write JSON", line=3)

ENTRY: dict[str, Any] = {
    "version": "1.0.0",
    "source": {"type": "folder", "path": "videos"},
    "perceive": {"asr": {"type": "none"}},
    "explore": {
        "teacher": {"type": "openai", "model": "m", "base_url": "http://h/v1", "api_key_env": "K"},
        "tools": ["inspect", "web_search"],
        "web_search": {"type": "http", "url": "http://h/search"},
    },
    "write": {"exports": ["alpaca"]},
}

EXAMINER = {"type": "openai", "model": "m", "base_url": "http://h/v1", "api_key_env": "K"}

CHANGES: dict[str, tuple[Any, bool]] = {
    "version": ("1.0.1", True),
    "description": ("Another.", True),
    "source": ({"type": "folder", "path": "elsewhere", "license": "MIT"}, False),
    "allow": (["/elsewhere"], False),
    "fetch.most_mb": (100, False),
    "perceive.sample_fps": (1.0, True),
    "perceive.clip_s": (5.0, True),
    "perceive.ocr": ({"type": "none"}, True),
    "perceive.asr": ({"type": "faster_whisper", "language": "de"}, True),
    "perceive.captions": ({"type": "signals"}, False),
    "ask.templates": (["count"], True),
    "ask.per_video": (3, True),
    "explore.teacher": ({"type": "planner"}, True),
    "explore.teacher.model": ("n", True),
    "explore.teacher.base_url": ("http://i/v1", True),
    "explore.teacher.api_key_env": ("L", False),
    "explore.teacher.tool_calls": ("json", True),
    "explore.retrieval": ({"type": "openai", "model": "m", "base_url": "http://h/v1"}, True),
    "explore.web_search": ({"type": "http", "url": "http://i/search"}, True),
    "explore.tools": (["web_search"], True),
    "explore.inspector": ({"engine": {"type": "openai", "model": "m", "base_url": "http://h/v1"}}, True),
    "explore.rollouts": (3, True),
    "explore.max_turns": (3, True),
    "explore.temperature": (0.1, True),
    "explore.max_tokens": (99, True),
    "explore.seed": (1, True),
    "ground.decoder": ("decord", True),
    "ground.overview_frames": (4, True),
    "ground.frames_per_call": (4, True),
    "ground.frames_per_trajectory": (32, True),
    "ground.pixels_per_frame": (1000, True),
    "ground.pixels_per_trajectory": (9_000_000, True),
    "verify.span_iou": (0.4, True),
    "verify.evidence_recall": (0.4, True),
    "verify.number_tolerance": (0.4, True),
    "verify.without_evidence": ("filter", True),
    "verify.rouge_l": (0.7, True),
    "verify.evidence_f1": (0.1, True),
    "verify.last_window_iou": (0.3, True),
    "verify.window_min_s": (2.0, True),
    "verify.window_max_s": (30.0, True),
    "verify.window_share": (0.4, True),
    "verify.window_iou": (0.5, True),
    "verify.span_gap_s": (2.0, True),
    "verify.span_off_s": (1.0, True),
    "verify.think_chars": (10, True),
    "verify.repeated_thoughts": (0.5, True),
    "verify.max_tokens": (9000, True),
    "verify.max_frames": (99, True),
    "verify.need": ({"engine": EXAMINER}, True),
    "verify.answerer": ({"engine": EXAMINER}, True),
    "verify.judge": ({"engine": EXAMINER}, True),
    "curate.best": (2, True),
    "curate.band": ({}, True),
    "curate.benchmarks": ([{"name": "b", "questions": "b.jsonl"}], True),
    "curate.benchmark_question": (0.6, True),
    "curate.deduplicate": (False, True),
    "curate.duplicate_question": (0.9, True),
    "curate.same_video": (0.9, True),
    "curate.splits": ({"train": 1.0}, True),
    "recipe": (
        {"paper": "P", "arxiv": "2601.00001", "does": ["a"], "differs": ["b"], "unknown": ["c"], "alone": "d"},
        True,
    ),
    "write.dialect.spelling": ("qwen_xml", True),
    "write.dialect.tools": ({"temporal_zoom": {"name": "zoom"}}, True),
    "write.dialect.clock": ("hms", True),
    "write.shard_mb": (10, True),
    "write.pretty_name": ("A name", True),
    "write.license": ("MIT", True),
    "write.calls": (True, True),
    "write.exports": (["swift"], True),
    "write.loss": ("last_round", True),
    "published.keep_wrong": (True, True),
    "published.keep_unfinished": (True, True),
    "published.validation_is_train": (True, True),
    "target": ({"accepted": 5}, True),
    "min_yield": (0.3, False),
    "max_failures": (0.3, False),
}
"""Setting → another value, and whether that makes another release. What lies in a source counts by itself."""


def made(
    changes: dict[str, Any] | None = None,
    video: Video = VIDEO,
    question: Question = QUESTION,
    rejected: tuple[Rejected, ...] = (REJECTED,),
) -> str:
    return fingerprint(settings(changes or {}), (video,), (question,), rejected).whole


def settings(changes: dict[str, Any]) -> Dataset:
    data = Dataset.model_validate(ENTRY).model_dump(mode="json")
    for key, value in changes.items():
        *above, last = key.split(".")
        block = data
        for part in above:
            block = block.setdefault(part, {})
        block[last] = value
    return Dataset.model_validate(data)


def keys(block: Any, path: str = "") -> Iterator[str]:
    """The settings with a default of their own: blocks with a `type` count as one."""
    for name in type(block).model_fields:
        value = getattr(block, name)
        inside = hasattr(value, "model_dump") and not hasattr(value, "type")
        yield from keys(value, f"{path}{name}.") if inside else [f"{path}{name}"]


def test_every_setting_is_told_apart() -> None:
    assert {key for key in CHANGES if not key.startswith("explore.teacher.")} == set(keys(settings({})))


CAPTIONS = {
    "engine": {"type": "openai", "model": "eyes", "base_url": "http://h/v1", "api_key_env": "K"},
    "type": "chat",
}
OF_CAPTIONS: dict[str, tuple[Any, bool]] = {
    "styles": (["dense", "shot"], True),
    "frames": (8, True),
    "pixels": (100_000, True),
    "temperature": (0.5, True),
    "max_tokens": (999, True),
    "seed": (1, True),
    "engine.model": ("others", True),
    "engine.base_url": ("http://i/v1", True),
    "engine.api_key_env": ("L", False),
    "engine.limits": ({"in_flight": 3}, False),
    "engine.price": ({"input": 1.0, "output": 2.0}, False),
    "engine.timeout_s": (9.0, False),
}


@pytest.mark.parametrize(
    ("key", "value", "another"), [(k, *change) for k, change in OF_CAPTIONS.items()], ids=OF_CAPTIONS
)
def test_a_setting_of_captions(key: str, value: Any, another: bool) -> None:
    def captioned(**change: Any) -> str:
        held = Dataset.model_validate({**ENTRY, "perceive": {"captions": CAPTIONS}}).perceive.captions
        return made({"perceive.captions": held.model_dump(mode="json"), **change})

    assert (captioned(**{f"perceive.captions.{key}": value}) != captioned()) == another


def test_the_captioner_is_named_by_all_it_is() -> None:
    identities = engine_identities(settings({"perceive.captions": CAPTIONS}))
    assert "eyes" in json.dumps(identities["captions"])
    assert '"K"' not in json.dumps(identities["captions"])


@pytest.mark.parametrize(("key", "value", "another"), [(key, *change) for key, change in CHANGES.items()], ids=CHANGES)
def test_a_setting(key: str, value: Any, another: bool) -> None:
    assert (made({key: value}) != made()) == another


@pytest.mark.parametrize(
    ("key", "value", "another"),
    [
        ("model", "n", True),
        ("base_url", "http://i/v1", True),
        ("dimensions", 64, True),
        ("max_bytes", 500, True),
        ("api_key_env", "L", False),
        ("limits", {"in_flight": 1}, False),
        ("price", {"input": 1, "output": 0}, False),
        ("timeout_s", 5.0, False),
    ],
)
def test_a_setting_of_what_finds_texts(key: str, value: Any, another: bool) -> None:
    chosen = {"type": "openai", "model": "m", "base_url": "http://h/v1"}
    before = made({"explore.retrieval": chosen})
    assert (made({"explore.retrieval": {**chosen, key: value}}) != before) == another


@pytest.mark.parametrize("job", ["verify.need", "verify.answerer", "verify.judge", "explore.inspector"])
@pytest.mark.parametrize(
    ("more", "another"),
    [
        ({"model": "n"}, True),
        ({"base_url": "http://i/v1"}, True),
        ({"api_key_env": "L", "timeout_s": 9.0, "limits": {"in_flight": 1}, "price": {"input": 1, "output": 0}}, False),
    ],
)
def test_a_setting_of_who_examines(job: str, more: dict[str, Any], another: bool) -> None:
    before = made({job: {"engine": EXAMINER}})
    assert (made({job: {"engine": {**EXAMINER, **more}}}) != before) == another


@pytest.mark.parametrize(
    ("more", "another"),
    [
        ({"api_key_env": "L", "timeout_s": 9.0, "limits": {"in_flight": 1}}, False),
        ({"thinking_level": "low"}, True),
        ({"thoughts": False}, True),
    ],
    ids=str,
)
def test_a_setting_of_gemini(more: dict[str, Any], another: bool) -> None:
    gemini = {"type": "gemini", "model": "m", "base_url": "http://h", "api_key_env": "K"}
    assert (made({"explore.teacher": {**gemini, **more}}) != made({"explore.teacher": gemini})) == another


BESIDE: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "the place of weights": ({"path": "/a.gguf", "sha256": "a" * 64}, {"path": "/b.gguf", "sha256": "a" * 64}, False),
    "other weights": ({"path": "/a.gguf", "sha256": "a" * 64}, {"path": "/a.gguf", "sha256": "b" * 64}, True),
    "threads": ({}, {"threads": 1}, False),
    "context": ({}, {"context": 1024}, True),
}


@pytest.mark.parametrize(("one", "other", "another"), BESIDE.values(), ids=BESIDE.keys())
def test_a_local_model(
    one: dict[str, Any], other: dict[str, Any], another: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.engines.chat_local.runtime_version", lambda: "1")
    first, second = ({"explore.teacher": {"type": "local", **more}} for more in (one, other))
    assert (made(first) != made(second)) == another


def weights(folder: Path, data: bytes) -> str:
    folder.mkdir()
    (folder / "model.bin").write_bytes(data)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        (folder / name).write_text("{}")
    return str(folder)


def test_weights_count_by_their_bytes_and_not_by_their_place(tmp_path: Path) -> None:
    here, there, others = (weights(tmp_path / name, name[:1].encode()) for name in ("here", "home", "others"))

    def hears(folder: str, **more: str) -> str:
        return made({"perceive.asr": {"type": "faster_whisper", "model": folder, **more}})

    assert hears(here) == hears(there) == hears(here, sha256=hashlib.sha256(b"h").hexdigest())
    assert hears(here) != hears(others)


@pytest.mark.parametrize(
    ("setting", "of_place", "of_rows"),
    [
        ("perceive.ocr", {"type": "paddle", "det_model_dir": "/a", "rec_model_dir": "/b"}, {"lang": "en"}),
        ("perceive.asr", {"type": "whisper", "model": "/a.pt", "sha256": "ab" * 32}, {"language": "de"}),
        ("explore.retrieval", {"type": "minilm", "folder": "/a"}, {}),
    ],
)
def test_the_place_of_weights_is_no_setting_of_a_release(
    setting: str, of_place: dict[str, str], of_rows: dict[str, str]
) -> None:
    """Which weights they are stands in what their engine tells of itself."""

    def told(value: dict[str, str]) -> Any:
        return settings({setting: value}).model_dump(mode="json", exclude=NOT_IN_A_RELEASE)

    plain = {"type": of_place["type"]}
    assert told(of_place) == told(plain)
    assert (told(plain | of_rows) != told(plain)) == bool(of_rows)


def test_the_order_of_splits_does_not_count() -> None:
    splits = {"train": 0.5, "test": 0.5}
    assert made({"curate.splits": splits}) == made({"curate.splits": dict(reversed(splits.items()))})


INPUTS: dict[str, tuple[dict[str, Any], bool]] = {
    "bytes": ({"video": replace(VIDEO, sha256="cd" * 32)}, True),
    "licence": ({"video": replace(VIDEO, license="CC0-1.0")}, True),
    "place": ({"video": replace(VIDEO, location="/there/v.mp4")}, False),
    "answer": ({"question": replace(QUESTION, answer=3.0)}, True),
    "no bad line": ({"rejected": ()}, True),
    "another bad line": ({"rejected": (REJECTED, replace(REJECTED, id="videos.jsonl:4", line=4))}, True),
    "other words about a bad line": ({"rejected": (replace(REJECTED, detail="mend it"),)}, True),
}


@pytest.mark.parametrize(("change", "another"), INPUTS.values(), ids=INPUTS.keys())
def test_an_input(change: dict[str, Any], another: bool) -> None:
    assert (made(**change) != made()) == another


FILES = {
    "transforms/text.py": True,
    "pipelines/build.py": True,
    "prompts/explore_system.md": True,
    "schemas/clusters.py": False,
    "pipelines/audit.py": False,
    "pipelines/checks/files.py": False,
    "pipelines/plan/plan.py": False,
    "pipelines/publish.py": False,
    "transforms/publish/card.py": False,
    "transforms/engines/doctor.py": False,
    "transforms/engines/build.py": True,
    "pipelines/README.txt": False,
}


@pytest.mark.parametrize(("file", "counts"), FILES.items(), ids=FILES.keys())
def test_code_that_only_checks_makes_no_row(
    file: str, counts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in code.PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(code, "files", lambda package: tmp_path / package)
    before = code.code_digest()
    (tmp_path / file).write_text("# a comment")
    assert (code.code_digest() != before) == counts


def test_no_code_that_makes_rows_imports_what_does_not_count() -> None:
    root = Path(code.__file__).parent.parent
    apart = [root / path for path in code.NOT_IN_ROWS]
    assert all(path.exists() for path in apart)
    names = tuple(path.removesuffix(".py").replace("/", ".") for path in code.NOT_IN_ROWS)
    for file in (file for package in code.PACKAGES for file in (root / package).rglob("*.py")):
        if not any(file == path or path in file.parents for path in apart):
            assert not [name for name in _imports(file) if f"{name}.".startswith(tuple(f"{one}." for one in names))]


def _imports(file: Path) -> set[str]:
    """The modules that a file names in its imports, wherever these stand."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_what_changed_is_named() -> None:
    now = fingerprint(settings({}), (VIDEO,), (QUESTION,), ())
    parts = {name: part for name, part in asdict(now).items() if name != "whole"}
    assert changed(parts, parts) == ""
    assert changed({**parts, "code": "x"}, parts) == "code"
    assert changed({**parts, "inputs": "x", "settings": "x", "engines": "x"}, parts) == "settings, inputs and engines"
    without = {name: part for name, part in parts.items() if name != "inputs"}
    assert changed({**parts, "inputs": "x"}, without) == ""


def test_a_manifest_holds_the_same_parts() -> None:
    now = fingerprint(settings({}), (VIDEO,), (QUESTION,), ())
    manifest = build_manifest(release_info(settings({}), "name", "1.0.0", now), [])
    assert changed(parts_of_manifest(json.loads(manifest)), asdict(now)) == ""
