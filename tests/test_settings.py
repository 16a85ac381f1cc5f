"""Every mistake in datasets.yaml names file, line, key and a way out; right files mean what they say."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from runners.settings_file import LoadedEntry, bundled_file, dataset_names, default_file, load_dataset_entry
from schemas.errors import SettingsError
from schemas.settings import (
    DEFAULT_TOOLS,
    Dataset,
    Dialect,
    FasterWhisperSettings,
    FolderSource,
    ManifestSource,
    NoAsr,
    OpenAISettings,
    PlannerSettings,
    RapidOcrSettings,
    ToolName,
)

TOOL_NAMES = get_args(ToolName)
BUNDLED = ", ".join(dataset_names(bundled_file()))

GOOD = "version: 1.0.0\nsource: {type: folder, path: v}\n"
"""Lines 3 and 4 of the file that `mistake` writes."""


def write(folder: Path, entries: str, name: str = "datasets.yaml") -> Path:
    """A settings file with these entries, one indentation deep."""
    path = folder / name
    path.write_text("datasets:\n" + "".join(f"  {line}\n" for line in entries.splitlines()), encoding="utf-8")
    return path


def one_entry(folder: Path, entry: str) -> Path:
    """A settings file with the entry `x`, whose first line is line 3."""
    return write(folder, "x:\n" + "".join(f"  {line}\n" for line in entry.splitlines()))


def load(path: Path, name: str = "x", *overrides: str) -> LoadedEntry:
    return load_dataset_entry(name, path, list(overrides))


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages name files relative to the working directory."""
    monkeypatch.chdir(tmp_path)


def fails(path: Path, *overrides: str, name: str = "x") -> str:
    with pytest.raises(SettingsError) as caught:
        load_dataset_entry(name, path, list(overrides))
    return caught.value.detail


MISTAKES = {
    "unknown key": (
        GOOD + "explore:\n  rollots: 3",
        "6: x.explore.rollots: unknown key; did you mean `rollouts`? Else the keys here are teacher, retrieval, tools, "
        "inspector, web_search, rollouts, max_turns, temperature, max_tokens, seed",
    ),
    "key one level too high": (
        GOOD + "clip_s: 5",
        "5: x.clip_s: unknown key; did you mean `perceive.clip_s`? Else the keys here are version, description, "
        "source, allow, fetch, perceive, ask, explore, ground, verify, curate, write, published, recipe, target, "
        "min_yield, max_failures",
    ),
    "key of another type": (
        GOOD + "perceive:\n  asr:\n    type: none\n    language: de",
        "8: x.perceive.asr.language: unknown key; with type none the keys here are type",
    ),
    "unknown type": (
        GOOD + "perceive:\n  asr:\n    type: faster-whisper",
        "7: x.perceive.asr.type: there is no type 'faster-whisper'; did you mean `faster_whisper`? "
        "Else choose faster_whisper, whisper or none",
    ),
    "unknown source type": (
        "version: 1.0.0\nsource:\n  type: foldr\n  path: v",
        "5: x.source.type: there is no type 'foldr'; did you mean `folder`? Else choose folder or manifest",
    ),
    "no source type": (
        "version: 1.0.0\nsource: {path: v}",
        "4: x.source.type: is missing; write `type: folder` or `type: manifest`",
    ),
    "no version": (
        "source: {type: folder, path: v}",
        "2: x.version: is missing; write `version: 1.0.0` (Semantic version; raise it when rows change.)",
    ),
    "no source": (
        "version: 1.0.0",
        "2: x.source: is missing; write `source: {type: folder, ...}` or `source: {type: manifest, ...}` "
        "(Where videos and questions come from.)",
    ),
    "no path": (
        "version: 1.0.0\nsource: {type: folder}",
        "4: x.source.path: is missing; write `path: ...` "
        "(Folder with videos; relative paths resolve against the file this entry stands in.)",
    ),
    "empty path": ("version: 1.0.0\nsource: {type: folder, path: ''}", "4: x.source.path: must not be empty"),
    "source as text": (
        "version: 1.0.0\nsource: my_videos",
        "4: x.source: must be a block of settings, such as `source: {type: folder}`",
    ),
    "type without its block": (
        GOOD + "perceive:\n  asr: none",
        "6: x.perceive.asr: must be a block of settings, such as `asr: {type: none}`",
    ),
    "verb as number": (
        GOOD + "explore: 3",
        "5: x.explore: must be a block of settings, such as `explore: {teacher: ...}`",
    ),
    "version of two numbers": (
        "version: 1.0\nsource: {type: folder, path: v}",
        "3: x.version: must look like 1.2.3 or 1.2.3-dev (three numbers), not 1.0",
    ),
    "version in words": (
        "version: v1\nsource: {type: folder, path: v}",
        "3: x.version: must look like 1.2.3 or 1.2.3-dev (three numbers), not 'v1'",
    ),
    "too small": (GOOD + "explore:\n  rollouts: 0", "6: x.explore.rollouts: must be at least 1, not 0"),
    "too large": (GOOD + "explore:\n  temperature: 7", "6: x.explore.temperature: must be at most 2, not 7"),
    "not above": (GOOD + "perceive:\n  sample_fps: 0", "6: x.perceive.sample_fps: must be more than 0, not 0"),
    "clips too short to cut": (
        GOOD + "perceive:\n  clip_s: 1.5",
        "6: x.perceive.clip_s: must be at least 2, not 1.5",
    ),
    "text for a number": (
        GOOD + "explore:\n  temperature: hot",
        "6: x.explore.temperature: must be a number, not 'hot'",
    ),
    "number in quotes": (GOOD + "explore:\n  seed: '3'", "6: x.explore.seed: must be a whole number, not '3'"),
    "true for a number": (GOOD + "explore:\n  seed: true", "6: x.explore.seed: must be a whole number, not True"),
    "fraction for a count": (GOOD + "curate:\n  best: 1.5", "6: x.curate.best: must be a whole number, not 1.5"),
    "not a number": (GOOD + "max_failures: .nan", "5: x.max_failures: must be a finite number, not nan"),
    "number for text": (
        GOOD + "description: 2024",
        "5: x.description: must be text (put numbers in quotes), not 2024",
    ),
    "text for a list": (
        GOOD + "explore:\n  tools: overview",
        "6: x.explore.tools: must be a list (such as [a, b]), not 'overview'",
    ),
    "unknown word in a list": (
        GOOD + "explore:\n  tools:\n    - overview\n    - caption_zom",
        "8: x.explore.tools.1: 'caption_zom' is not known here; did you mean `caption_zoom`? Else choose "
        f"{', '.join(TOOL_NAMES[:-1])} or {TOOL_NAMES[-1]}",
    ),
    "empty tools": (GOOD + "explore:\n  tools: []", "6: x.explore.tools: must have at least 1 item"),
    "tool twice": (
        GOOD + "explore:\n  tools: [overview, overview]",
        "6: x.explore.tools: overview stands here more than once; keep one",
    ),
    "a web that nobody searches": (
        GOOD + "explore:\n  tools: [overview, web_search]",
        "5: x.explore.web_search: must name an engine, such as {type: http, url: …}, or leave web_search out of the"
        " tools",
    ),
    "a web that nobody asks": (
        GOOD + "explore:\n  web_search: {type: http, url: 'http://h/search'}",
        "6: x.explore.web_search: nobody would ask it: add web_search to explore.tools, or make this null",
    ),
    "an inspector that nobody asks": (
        GOOD + "explore:\n  tools: [overview]\n  inspector: {engine: {type: openai, model: m}}",
        "7: x.explore.inspector: nobody would ask it: add inspect or inspect_node to explore.tools, or make this null",
    ),
    "parts whose caption nobody reads": (
        GOOD + "explore:\n  tools: [inspect_node]",
        "6: x.explore.tools: inspect_node looks at a part whose caption was read: add get_caption, or take inspect",
    ),
    "unknown word": (
        GOOD + "verify:\n  without_evidence: acept",
        "6: x.verify.without_evidence: 'acept' is not known here; did you mean `accept`? Else choose accept or filter",
    ),
    "splits beyond 1": (
        GOOD + "curate:\n  splits: {train: 0.9, test: 0.2}",
        "6: x.curate.splits: the shares must sum to 1, not 1.1",
    ),
    "split of nothing": (
        GOOD + "curate:\n  splits: {train: 1, test: 0}",
        "6: x.curate.splits: test must have a share above 0, not 0.0; leave out what is not wanted",
    ),
    "split that is no name": (
        GOOD + "curate:\n  splits: {Train-1: 1}",
        "6: x.curate.splits: 'Train-1' cannot be the name of a split: use a-z, 0-9 and _, such as train",
    ),
    "split that is a word of datasets": (
        GOOD + "curate:\n  splits: {all: 1}",
        "6: x.curate.splits: 'all' cannot be the name of a split: datasets means all of them by it",
    ),
    "budget below a call": (
        GOOD + "ground:\n  frames_per_call: 32\n  frames_per_trajectory: 16",
        "7: x.ground.frames_per_trajectory: must be at least frames_per_call, which is 32",
    ),
    "budget of the overview alone": (
        GOOD + "ground:\n  overview_frames: 16\n  frames_per_trajectory: 16",
        "7: x.ground.frames_per_trajectory: must be more than overview_frames, which is 16: else no frame is left for"
        " any call",
    ),
    "overview that takes the budget there is": (
        GOOD + "ground:\n  overview_frames: 64",
        "5: x.ground.frames_per_trajectory: must be more than overview_frames, which is 64: else no frame is left for"
        " any call",
    ),
    "frames that take the budget there is": (
        GOOD + "ground:\n  pixels_per_frame: 2_000_000",
        "5: x.ground.pixels_per_trajectory: leaves no frame for any call: overview_frames and one more are 9 frames of"
        " pixels_per_frame, 18000000 in all; raise it, or lower one of these",
    ),
    "budget below a frame": (
        GOOD + "ground:\n  pixels_per_trajectory: 1000",
        "6: x.ground.pixels_per_trajectory: must be at least pixels_per_frame, which is 401408",
    ),
    "a pattern with braces": (
        GOOD + "curate:\n  benchmarks: [{name: a b, questions: q.jsonl}]",
        "6: x.curate.benchmarks.0.name: must match ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$, not 'a b'",
    ),
    "text for a mapping": (
        GOOD + "curate:\n  splits: train",
        "6: x.curate.splits: must be a mapping (such as {train: 0.9, validation: 0.1}), not 'train'",
    ),
    "not below": (GOOD + "curate:\n  band: {above: 1}", "6: x.curate.band.above: must be less than 1, not 1"),
    "word for yes or no": (
        GOOD + "curate:\n  deduplicate: often",
        "6: x.curate.deduplicate: must be true or false, not 'often'",
    ),
    "no window is long enough": (
        GOOD + "verify:\n  window_min_s: 90",
        "5: x.verify.window_max_s: must be at least window_min_s, which is 90",
    ),
    "no rate in the band": (
        GOOD + "curate:\n  band: {above: 0.5, below: 0.5}",
        "6: x.curate.band.below: must be more than above, which is 0.5",
    ),
    "no rate that rollouts can have": (
        GOOD + "explore:\n  rollouts: 1\ncurate:\n  band: {}",
        "7: x.curate: no pass rate lies above 0 and below 1 with explore.rollouts: 1; give more rollouts or a wider"
        " band",
    ),
    "nothing to ask": (
        GOOD + "ask: {templates: []}",
        "5: x.ask: nothing would be asked: give templates and per_video above 0, or a manifest source with questions",
    ),
    "key instead of its name": (
        GOOD + "explore:\n  teacher:\n    type: openai\n    model: m\n    api_key_env: sk-1234",
        "9: x.explore.teacher.api_key_env: must name an environment variable, such as OPENAI_API_KEY; "
        "never write the key itself",
    ),
    "address without scheme": (
        GOOD + "explore:\n  teacher:\n    type: openai\n    model: m\n    base_url: localhost:8000",
        "9: x.explore.teacher.base_url: must start with http:// or https://, such as http://localhost:8000/v1",
    ),
    "password in the address": (
        GOOD + "explore:\n  teacher:\n    type: openai\n    model: m\n    base_url: https://me:secret@host/v1",
        "9: x.explore.teacher.base_url: must not hold a user or password; "
        "name the variable with the key in api_key_env",
    ),
    "gemini with a version in the address": (
        GOOD + "explore:\n  teacher:\n    type: gemini\n    model: m\n    base_url: http://h/v1beta/",
        "9: x.explore.teacher.base_url: must not end with a version of the API; leave it out, the engine adds it",
    ),
    "gemini with a long name of a model": (
        GOOD + "explore:\n  teacher:\n    type: gemini\n    model: models/m",
        "8: x.explore.teacher.model: must be the name alone, without models/ before it, such as gemini-2.5-flash",
    ),
    "gemini with two ways to think": (
        GOOD + "explore:\n  teacher: {type: gemini, model: m, thinking_level: low, thinking_budget: 0}",
        "6: x.explore.teacher.thinking_budget: cannot stand beside thinking_level; "
        "Gemini 2.5 knows the one, later models the other",
    ),
    "gemini with a key instead of its name": (
        GOOD + "explore:\n  teacher: {type: gemini, model: m, api_key_env: AIza-1234}",
        "6: x.explore.teacher.api_key_env: must name an environment variable, such as OPENAI_API_KEY; "
        "never write the key itself",
    ),
    "teacher without model": (
        GOOD + "explore:\n  teacher: {type: openai}",
        "6: x.explore.teacher.model: is missing; write `model: ...` (Name of the model as the server knows it.)",
    ),
    "captions without engine": (
        GOOD + "perceive:\n  captions: {type: chat}",
        "6: x.perceive.captions.engine: is missing; write `engine: {type: openai, ...}`, "
        "`engine: {type: gemini, ...}`, `engine: {type: local, ...}` or `engine: {type: vllm, ...}` "
        "(The model; it must take pictures and follow a JSON schema.)",
    ),
    "captions without the words": (
        GOOD + "perceive:\n  captions:\n    type: chat\n    engine: {type: openai, model: m}\n    styles: [shot]",
        "9: x.perceive.captions.styles: must hold dense: scenes, names and the summary are made from it",
    ),
    "captions in an unknown style": (
        GOOD
        + "perceive:\n  captions:\n    type: chat\n    engine: {type: openai, model: m}\n    styles: [dense, shots]",
        "9: x.perceive.captions.styles.1: 'shots' is not known here; did you mean `shot`? "
        "Else choose dense, shot or question",
    ),
    "key of the captioner instead of its name": (
        GOOD + "perceive:\n  captions:\n    type: chat\n    engine: {type: openai, model: m, api_key_env: sk-1234}",
        "8: x.perceive.captions.engine.api_key_env: must name an environment variable, such as OPENAI_API_KEY; "
        "never write the key itself",
    ),
    "weights of one's own without a digest": (
        GOOD + "explore:\n  teacher: {type: local, path: /w.gguf}",
        "6: x.explore.teacher.sha256: weights of your own need their sha256: it says which ones a release was made"
        " with",
    ),
    "weights at a relative place": (
        GOOD + "explore:\n  teacher: {type: local, path: w.gguf}",
        "6: x.explore.teacher.path: must start with / or ~: where the command is started must not decide which file is"
        " meant",
    ),
    "parser of calls without a server": (
        GOOD + "explore:\n  teacher: {type: vllm, model: m, tool_parser: hermes}",
        "6: x.explore.teacher.tool_parser: only `mode: server` parses tool calls; leave it empty with `batch`",
    ),
    "bad digest": (
        GOOD + "perceive:\n  asr: {sha256: abc}",
        "6: x.perceive.asr.sha256: must be 64 digits of 0-9 and a-f, or empty, not 'abc'",
    ),
    "bad language": (
        GOOD + "perceive:\n  asr: {language: english}",
        "6: x.perceive.asr.language: must be a language code such as en or de, or empty to detect it, not 'english'",
    ),
    "key twice": (
        GOOD + "version: 1.0.1",
        "5: the key `version` stands here a second time; keep one of the two",
    ),
    "tab": (
        "version: 1.0.0\n\tsource: v",
        "4: this is not YAML: found character '\\t' that cannot start any token; "
        "indent with spaces, YAML takes no tabs",
    ),
    "colon in text": (
        "description: talk: part one",
        "3: this is not YAML: mapping values are not allowed here; a text with a colon in it needs quotes",
    ),
    "open bracket": (
        "version: 1.0.0\nallow: [a, b",
        "5: this is not YAML: expected ',' or ']', but got '<stream end>'; "
        "check brackets, quotes and the indentation here and on the line before",
    ),
    "key that is no text": (
        "1: a",
        "3: the key 1 is not text; write it in quotes, or check the indentation",
    ),
    "YAML tag": (
        "description: !secret a",
        "3: YAML tags such as !secret mean nothing here; remove it",
    ),
    "like nothing": (
        "like: dem",
        "3: x.like: there is no dataset `dem` in this file or the bundled one; did you mean `demo`? Else it has"
        f" {BUNDLED}",
    ),
    "like itself": (
        "like: x",
        f"3: x.like: there is no dataset `x` in this file or the bundled one; it has {BUNDLED}",
    ),
    "like two": ("like: [a, b]", "3: x.like: must be the name of one entry, such as `like: demo`"),
    "not a block": ("", "2: x: must be a block with `version` and `source`"),
}


@pytest.mark.parametrize("entry, said", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_names_line_key_and_way_out(tmp_path: Path, entry: str, said: str) -> None:
    assert fails(one_entry(tmp_path, entry)) == f"datasets.yaml:{said}"


FILES = {
    "empty": (b"", "datasets.yaml:1: the file is empty; it starts with `datasets:` and entries below"),
    "list": (b"- a\n", "datasets.yaml:1: the file is not a mapping; it starts with `datasets:` and entries below"),
    "typo at the top": (b"\ndataset:\n  x: {}\n", "datasets.yaml:2: dataset: unknown key; did you mean `datasets`?"),
    "entry at the top": (
        b"mine:\n  version: 1.0.0\n",
        "datasets.yaml:1: mine: unknown key; at the top are only `datasets`, with entries below it, and `run`",
    ),
    "no entries": (
        b"datasets:\n",
        "datasets.yaml:1: datasets: must hold entries, such as `mine: {like: demo}`",
    ),
    "name with a slash": (
        b"datasets:\n  x: {}\n  a/b: {}\n",
        "datasets.yaml:3: datasets.a/b: a name becomes a folder: up to 64 of a-z, A-Z, 0-9, . _ -",
    ),
    "latin-1": (
        b"datasets:\n  x:\n    description: caf\xe9\n",
        "datasets.yaml:3: this is not UTF-8 text; save the file as UTF-8",
    ),
    "control character": (
        b"datasets:\n  x:\n    description: a\x00b\n",
        "datasets.yaml:3: the character '\\x00' may not stand in YAML; remove it",
    ),
}


@pytest.mark.parametrize("content, said", FILES.values(), ids=FILES.keys())
def test_broken_file_is_told_with_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "datasets.yaml"
    path.write_bytes(content)
    assert fails(path) == said


def test_missing_file_and_folder_say_what_to_give(tmp_path: Path) -> None:
    assert fails(Path("nowhere.yaml")) == (
        "nowhere.yaml does not exist; name another file with -c, or leave -c out for datasets.yaml here, or else the"
        " bundled one"
    )
    assert fails(tmp_path) == ". is a folder; -c takes a file, perhaps ./datasets.yaml"


def test_unknown_name_gives_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, "lectures: {like: demo}\nkitchen: {like: demo}")
    assert fails(path, name="lecture") == (
        "there is no dataset `lecture` in datasets.yaml; did you mean `lectures`? Else it has lectures, kitchen"
    )


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = one_entry(tmp_path, GOOD + "explore:\n  seed: a\n  rollouts: 0\nbest: 1\n")
    assert [line.split(": ")[0] for line in fails(path).splitlines()] == [f"datasets.yaml:{n}" for n in (6, 7, 8)]


def test_empty_entry_of_defaults(tmp_path: Path) -> None:
    loaded = load(one_entry(tmp_path, GOOD))
    assert loaded.settings == Dataset(version="1.0.0", source=FolderSource(path="v"))
    assert (loaded.base_dir, loaded.changed, loaded.file) == (tmp_path, False, tmp_path / "datasets.yaml")
    assert loaded.locate("v") == str(tmp_path / "v")
    assert loaded.locate("/v") == "/v"


def test_type_may_be_left_to_the_default_and_blocks_may_be_empty(tmp_path: Path) -> None:
    settings = load(one_entry(tmp_path, GOOD + "perceive:\n  ocr: {min_score: 0.9}\n  asr:\nwrite:\n")).settings
    assert settings.perceive.ocr == RapidOcrSettings(min_score=0.9)
    assert settings.perceive.asr == FasterWhisperSettings()


def test_byte_order_mark_anchors_and_merges_are_yaml(tmp_path: Path) -> None:
    path = one_entry(tmp_path, "<<: &base {version: 1.0.0}\nsource: {type: folder, path: v}")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(path).settings.version == "1.0.0"


LIKE = """\
base:
  version: 1.0.0
  description: the base
  source: {type: folder, path: v, license: MIT}
  perceive:
    clip_s: 5
    asr: {language: de}
  curate: {best: 2, splits: {train: 0.8, test: 0.2}}
  explore: {teacher: {type: openai, model: big}, rollouts: 8}
  write: {license: MIT, pretty_name: Base, shard_mb: 7}
"""


def test_like_inherits_key_by_key(tmp_path: Path) -> None:
    path = write(tmp_path, LIKE + "x:\n  like: base\n  version: 2.0.0\n  explore: {teacher: {base_url: http://h/v1}}")
    settings = load(path).settings
    assert settings.version == "2.0.0"
    assert settings.source == FolderSource(path="v", license="MIT")
    assert settings.perceive.clip_s == 5
    assert settings.perceive.asr == FasterWhisperSettings(language="de")
    assert settings.explore.teacher == OpenAISettings(model="big", base_url="http://h/v1")
    assert settings.explore.rollouts == 8
    assert settings.curate.best == 2


def test_like_does_not_inherit_what_a_dataset_is(tmp_path: Path) -> None:
    settings = load(write(tmp_path, LIKE + "x: {like: base}")).settings
    assert (settings.description, settings.write.pretty_name, settings.write.license) == ("", "", "")
    assert settings.write.shard_mb == 7


def test_a_source_of_its_own_is_taken_whole(tmp_path: Path) -> None:
    path = write(tmp_path, LIKE + "  allow: [/elsewhere]\nx:\n  like: base\n  source: {type: folder, path: mine}")
    settings = load(path).settings
    assert settings.source == FolderSource(path="mine")
    assert settings.allow == ()


def test_changed_type_drops_the_inherited_keys_beside_it(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        LIKE + "x:\n  like: base\n  explore: {teacher: {type: planner}}\n  perceive: {asr: {type: none}}",
    )
    settings = load(path).settings
    assert settings.explore.teacher == PlannerSettings()
    assert settings.perceive.asr == NoAsr()
    assert settings.perceive.clip_s == 5


def test_values_are_replaced_whole(tmp_path: Path) -> None:
    path = write(tmp_path, LIKE + "x:\n  like: base\n  curate: {splits: {train: 1.0}}")
    assert load(path).settings.curate.splits == {"train": 1.0}


def test_mistake_in_the_inherited_part_names_its_own_line(tmp_path: Path) -> None:
    path = write(tmp_path, "base:\n  like: demo\n  explore:\n    rollouts: 0\nx:\n  like: base")
    assert fails(path) == "datasets.yaml:5: x.explore.rollouts: must be at least 1, not 0"


def test_like_in_a_circle_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, "x: {like: y}\ny: {like: z}\nz: {like: x}")
    assert fails(path) == "datasets.yaml:4: z.like: goes round in a circle: x -> y -> z -> x; end it somewhere"


def test_like_reaches_the_bundled_file_and_its_folder(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    loaded = load(write(tmp_path, "x: {like: demo}"))
    assert loaded.settings == load_dataset_entry("demo", root / "datasets.yaml").settings.model_copy(
        update={"description": ""}
    )
    assert (loaded.base_dir, loaded.file) == (root, tmp_path / "datasets.yaml")
    own = load(write(tmp_path, "demo:\n  like: demo\n  source: {type: folder, path: v}"), "demo")
    assert (own.base_dir, own.settings.source) == (tmp_path, FolderSource(path="v"))


def test_default_file_is_the_one_here_else_the_bundled_one(tmp_path: Path) -> None:
    assert default_file() == Path(__file__).resolve().parent.parent / "datasets.yaml"
    assert default_file() != one_entry(tmp_path, GOOD)
    assert default_file() == tmp_path / "datasets.yaml"


def test_set_changes_values_as_yaml(tmp_path: Path) -> None:
    loaded = load(
        one_entry(tmp_path, GOOD + "explore: {rollouts: 2}"),
        "x",
        "explore.rollouts=5",
        "explore.tools=[overview, caption_zoom]",
        "perceive.ocr.min_score=0.5",
        "perceive.asr.language=",
        "curate.splits={train: 1.0}",
        "version=1.0.1-dev",
    )
    settings = loaded.settings
    assert loaded.changed
    assert (settings.explore.rollouts, settings.explore.tools) == (5, ("overview", "caption_zoom"))
    assert settings.perceive.ocr == RapidOcrSettings(min_score=0.5)
    assert settings.perceive.asr == FasterWhisperSettings(language="")
    assert settings.curate.splits == {"train": 1.0}
    assert settings.version == "1.0.1-dev"


def test_set_type_drops_the_keys_of_the_other_type(tmp_path: Path) -> None:
    path = one_entry(tmp_path, GOOD + "perceive: {asr: {type: faster_whisper, language: de}, clip_s: 4}")
    settings = load(path, "x", "perceive.asr.type=none").settings
    assert (settings.perceive.asr, settings.perceive.clip_s) == (NoAsr(), 4)


@pytest.mark.parametrize("turn", [1, -1], ids=["type first", "type last"])
def test_set_of_a_type_and_its_keys_in_any_order(tmp_path: Path, turn: int) -> None:
    overrides = ["explore.teacher.type=openai", "explore.teacher.model=m"][::turn]
    assert load(one_entry(tmp_path, GOOD), "x", *overrides).settings.explore.teacher == OpenAISettings(model="m")


def test_set_of_another_folder_reads_from_here_and_drops_the_licence(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = one_entry(tmp_path / "deep", "version: 1.0.0\nsource: {type: folder, path: v, license: MIT}")
    assert load(path).base_dir == tmp_path / "deep"
    loaded = load(path, "x", "source.path=mine")
    assert (loaded.settings.source, loaded.base_dir) == (FolderSource(path="mine"), tmp_path)
    kept = load(path, "x", "source.path=mine", "source.license=MIT")
    assert kept.settings.source == FolderSource(path="mine", license="MIT")


def test_paths_of_two_folders_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = one_entry(
        tmp_path / "deep", "version: 1.0.0\nsource:\n  type: manifest\n  videos: v.jsonl\n  questions: q.jsonl"
    )
    assert fails(path, "source.questions=new.jsonl") == (
        "deep/datasets.yaml:6 and --set source.questions: x.source: these paths are relative to two folders; "
        "make them absolute"
    )
    absolute = load(path, "x", f"source.questions={tmp_path}/new.jsonl")
    assert absolute.settings.source == ManifestSource(videos="v.jsonl", questions=f"{tmp_path}/new.jsonl")
    assert absolute.base_dir == tmp_path / "deep"


OVERRIDES = {
    "typo": ("explore.rollots=3", "--set explore.rollots: x.explore.rollots: unknown key; did you mean `rollouts`? "),
    "leaf alone": ("rollouts=3", "--set rollouts: x.rollouts: unknown key; did you mean `explore.rollouts`? "),
    "out of range": ("explore.rollouts=0", "--set explore.rollouts: x.explore.rollouts: must be at least 1, not 0"),
    "no value": ("explore.rollouts", "--set explore.rollouts: write KEY=VALUE, such as --set explore.rollouts=4"),
    "no key": ("=3", "--set : write KEY=VALUE, such as --set explore.rollouts=4"),
    "gap in the key": ("explore..seed=3", "--set explore..seed: write KEY=VALUE, such as --set explore.rollouts=4"),
    "not YAML": ("allow=[a", "--set allow: this is not YAML: "),
    "type": (
        "perceive.asr.type=off",
        "--set perceive.asr.type: x.perceive.asr.type: there is no type 'off'; choose faster_whisper, whisper or none",
    ),
    "value below a value": ("version.x=3", "--set version.x: x.version: must look like 1.2.3"),
}


@pytest.mark.parametrize("override, said", OVERRIDES.values(), ids=OVERRIDES.keys())
def test_mistake_in_set_names_the_option(tmp_path: Path, override: str, said: str) -> None:
    assert fails(one_entry(tmp_path, GOOD), override).startswith(said)


def test_a_secret_given_by_mistake_is_not_repeated(tmp_path: Path) -> None:
    path = one_entry(tmp_path, GOOD + "explore: {teacher: {type: openai, model: m}}")
    for override in ("explore.teacher.api_key=sk-123", "explore.teacher.api_key_env=sk-123"):
        assert "sk-123" not in fails(path, override)


def test_tools_default_to_all(tmp_path: Path) -> None:
    assert load(one_entry(tmp_path, GOOD)).settings.explore.tools == DEFAULT_TOOLS


@pytest.mark.parametrize("native", [{"name": "zoom"}, {"arguments": {"start_s": "start"}}])
def test_actions_take_no_other_names(native: dict[str, object]) -> None:
    """Every row would be turned away: the dialect has no words for a tool of that name."""
    with pytest.raises(ValidationError, match="the spelling video_zoom has words of its own for temporal_zoom_fps"):
        Dialect.model_validate({"spelling": "video_zoom", "tools": {"temporal_zoom_fps": native}})
    described = {"temporal_zoom_fps": {"description": "Look closer."}}
    assert Dialect.model_validate({"spelling": "video_zoom", "tools": described}).tools
