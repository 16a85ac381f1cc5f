"""The dataset card, counted from the finished files: what a release holds, how it was made, how to load it.

The YAML at its head is what `datasets` and the Hub read. Only parquet stands in its configs: a builder is inferred from
the first config, and one jsonl among them would make the others unreadable.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import fsspec
import polars as pl

from schemas.release import BENCHMARK, ReleaseInfo
from schemas.settings import SAY_LOSS, Dataset
from transforms.write.exports.registry import EXPORTS
from transforms.write.manifest import to_yaml
from transforms.write.report import Report
from transforms.write.shards import parse_shard_name
from transforms.write.tables import read_columns, shard_paths

NOT_FOR_TRAINING = "not for training"

CONFIGS = {
    "sft": "sft_parquet",
    "rl": "rl",
    "trajectories": "trajectories",
    "timelines": "timelines",
    "rejects": "rejects",
    "calls": "calls",
}
"""Config name → folder. The first one with rows is the default."""

_PICTURES = "images.list.element.path"
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_HUB_LICENSES = {
    *("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "gpl-3.0", "unlicense", "odc-by", "odbl", "cc0-1.0"),
    *("cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nd-4.0"),
    *("cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0"),
}


def build_card(out: str, dataset: Dataset, info: ReleaseInfo, report: Report) -> str:
    """README.md of the release at `out`, whose parquet files are finished."""
    sft = read_columns(
        out, "sft_parquet", ["kind", "split", "for_training", "kept_although", "license", "video_id", _PICTURES]
    )
    rl = (
        read_columns(out, "rl", ["id", "split", "extra_info.kind", "extra_info.license", "video_id"])
        .rename({"extra_info.kind": "kind", "extra_info.license": "license"})
        .unique("id", maintain_order=True)
    )
    trajectories = read_columns(out, "trajectories", ["status", "code"])
    timelines = read_columns(out, "timelines", ["id", "duration_s", "license"])
    rejects = read_columns(out, "rejects", ["stage", "outcome", "code", "unit", "detail"])
    calls = read_columns(out, "calls", ["id"])
    name = dataset.write.pretty_name or info.dataset
    heights = (sft.height, rl.height, trajectories.height, timelines.height, rejects.height, calls.height)
    there = [config for config, height in zip(CONFIGS, heights, strict=True) if height]
    told = timelines.select("license", video_id="id")
    of_videos = pl.concat([*(rows.select("license", "video_id") for rows in (sft, rl)), told])
    parts = [
        "---\n"
        + to_yaml(_header(out, dataset, name, sft.height, there, of_videos["license"].unique().to_list()))
        + "---",
        f"# {name} {info.version}",
        dataset.description.strip(),
        _warning(sft),
        _on_purpose(sft, rl, dataset),
        _what(sft, rl, trajectories, timelines, calls),
        "## Splits and kinds",
        _kinds(sft, rl),
        *_exports(out, dataset),
        "## How it was made",
        _made(info),
        "## Counts per stage",
        _stages(report),
        *_cost(report),
        "## Rejects by reason",
        _rejects(rejects),
        *_benchmarks(info, rejects),
        "## Licences of the videos",
        _licenses(of_videos),
        "## How to load it",
        _load(out, info, there),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _header(
    out: str, dataset: Dataset, name: str, rows: int, there: Sequence[str], licenses: Sequence[str]
) -> dict[str, Any]:
    """`there` are the configs that have rows: `datasets` cannot load one without.

    The dataset's licence is the one it is given, else that of its videos (`licenses`) where they share one.
    """
    wanted = dataset.write.license.strip() or (licenses[0] if len(licenses) == 1 else "")
    license: dict[str, Any] = {"license": "unknown"}
    if wanted:
        known = wanted.lower() in _HUB_LICENSES
        license = {"license": wanted.lower()} if known else {"license": "other", "license_name": wanted}
    configs: list[dict[str, Any]] = []
    for config in there:
        folder = CONFIGS[config]
        files = [{"split": split, "path": f"{folder}/{split}-*.parquet"} for split in _splits(out, folder)]
        configs.append({"config_name": config, "data_files": files})
    if configs:
        configs[0]["default"] = True
    return {
        **license,
        "pretty_name": name,
        "task_categories": ["video-text-to-text", "visual-question-answering"],
        "tags": ["video", "agent", "tool-use", "synthetic", "frametrail"],
        "size_categories": [next((label for limit, label in _SIZES if rows < limit), "n>10M")],
        "configs": configs,
    }


def _splits(out: str, folder: str, ext: str = "parquet") -> list[str]:
    """Splits that have files, `train` first."""
    names = (parse_shard_name(path.split("/")[1]) for path in shard_paths(out, folder, ext))
    return sorted({name.split for name in names if name}, key=lambda split: (split != "train", split))


def _warning(sft: pl.DataFrame) -> str:
    count = sft.filter(~pl.col("for_training")).height
    if not count:
        return ""
    return (
        f"> **{count} of {sft.height} SFT rows are {NOT_FOR_TRAINING}** (`for_training` is false): their teacher is the"
        " rule-based `planner`, which checks the machinery and has nothing to teach."
    )


def _on_purpose(sft: pl.DataFrame, rl: pl.DataFrame, dataset: Dataset) -> str:
    """The flaws of published data that the release has because its entry asks for them."""
    counts = dict(
        sft.filter(pl.col("kept_although") != "").group_by("kept_although").len().sort("kept_although").rows()
    )
    told = [
        f"> **Kept although {words}: {counts[code]}** of {sft.height} SFT rows (`kept_although` is `{code}`). No"
        f" rollout of their questions was accepted, and `published.{switch}` is on."
        for code, words, switch in (
            ("no_answer", "unfinished", "keep_unfinished"),
            ("wrong_answer", "wrong", "keep_wrong"),
        )
        if code in counts
    ]
    if dataset.published.validation_is_train:
        twice = rl.filter(pl.col("split") == "train").height
        told.append(
            f"> **`validation` of `rl` holds the {twice} rows of `train` too** (`published.validation_is_train`):"
            " what is measured on it says nothing about other videos. Such a row says `train` in its own `split`."
        )
    return "\n>\n".join(told)


def _what(
    sft: pl.DataFrame, rl: pl.DataFrame, trajectories: pl.DataFrame, timelines: pl.DataFrame, calls: pl.DataFrame
) -> str:
    hours = timelines["duration_s"].sum() / 3600
    frames = sft[_PICTURES].list.len().sum()
    replies = [("`calls`", calls.height, "what models replied: with it the rest can be built again without a key")]
    return (
        "Conversations in which a model answers questions about long videos by calling tools. A teacher explored a text"
        " timeline of each video; what it read was then replaced by the frames it stood for, and the result was checked"
        " again.\n\n"
        + _table(
            ("part", "rows", "what it is"),
            [
                ("`sft`", sft.height, f"chosen conversations with {frames} frames"),
                ("`rl`", rl.height, "questions with a checked answer, solved or not"),
                ("`trajectories`", trajectories.height, "every finished rollout, both faces of each tool's answer"),
                ("`timelines`", timelines.height, f"the text timelines of the videos, {hours:.2f} h in all"),
                *(replies if calls.height else []),
            ],
        )
    )


def _kinds(sft: pl.DataFrame, rl: pl.DataFrame) -> str:
    both = pl.concat([sft.select("split", "kind", part=pl.lit("sft")), rl.select("split", "kind", part=pl.lit("rl"))])
    counts = both.group_by("split", "kind").agg(sft=(pl.col("part") == "sft").sum(), rl=(pl.col("part") == "rl").sum())
    return _table(("split", "kind", "sft rows", "rl rows"), counts.sort("split", "kind").iter_rows())


def _exports(out: str, dataset: Dataset) -> list[str]:
    if not dataset.write.exports:
        return []
    fs, base = fsspec.core.url_to_fs(out)
    rows = [
        (f"`{name}`", sum(fs.cat_file(f"{base}/{path}").count(b"\n") for path in shard_paths(out, name, "jsonl")), by)
        for name, by in ((name, EXPORTS[name].used_by) for name in dataset.write.exports)
    ]
    loss = f" Trained rounds: `{dataset.write.loss}`, in {' and '.join(f'`{name}`' for name in SAY_LOSS)} alone."
    return [
        "## The same in other forms",
        "JSON lines, with image paths relative to the folder of this card: start a trainer there, or name it as its"
        " `media_dir`." + (loss if dataset.write.loss != "all" else ""),
        _table(("folder", "rows", "for"), rows),
    ]


def _made(info: ReleaseInfo) -> str:
    return "\n\n".join(
        [
            f"frametrail {info.code_version}, code digest `{info.code}`, fingerprint `{info.fingerprint}`."
            " `config.yaml` holds the resolved settings, `report.json` the counts with times, `manifest.json` every"
            " file's digest.",
            _table(("engine", "identity"), ((name, f"`{value}`") for name, value in sorted(info.engines))),
            _table(("prompt", "sha256"), ((name, f"`{value}`") for name, value in sorted(info.prompts))),
        ]
    )


def _stages(report: Report) -> str:
    rows = [
        (
            stage,
            row["unit"],
            row["in"],
            row["out"],
            sum(row["filtered"].values()),
            sum(row["failed"].values()),
            row.get("made", ""),
        )
        for stage, row in report["stages"].items()
    ]
    return _table(("stage", "unit", "in", "out", "filtered", "failed", "made"), rows)


def _cost(report: Report) -> list[str]:
    """What all rollouts took: it follows from the rows. What one run happened to pay is told in report.json alone."""
    row = report["stages"]["explore"].get("rollouts")
    if row is None:
        return []
    price = row["price"]
    if price is None:
        at = "No price is known of this model."
    else:
        day = f", prices up to {price['as_of']}" if price["as_of"] else ""
        at = (
            f"US dollars per million tokens: {price['input']:g} of the prompt, {price['output']:g} of the reply"
            f" ({price['source']}{day}); nothing is taken off for what the server had read before."
        )
    usd = "unknown" if row["usd"] is None else f"{row['usd']:.2f}"
    cells = (row["model"], f"{row['prompt_tokens']:,}", f"{row['completion_tokens']:,}", usd)
    return ["## Cost of the rollouts", _table(("model", "prompt tokens", "reply tokens", "US dollars"), [cells]), at]


def _rejects(rejects: pl.DataFrame) -> str:
    if not rejects.height:
        return "Nothing was turned away."
    counts = rejects.group_by("stage", "outcome", "code").len().sort("stage", "outcome", "code")
    return _table(("stage", "outcome", "code", "rows"), counts.iter_rows())


def _benchmarks(info: ReleaseInfo, rejects: pl.DataFrame) -> list[str]:
    """The benchmarks that the release was held against; a row that was turned away begins with the name of one."""
    against = {key.removeprefix(BENCHMARK): of for key, of in info.inputs if key.startswith(BENCHMARK)}
    if not against:
        return []
    found = rejects.filter(pl.col("code").str.starts_with("contaminated_"))
    counts = found.group_by(pl.col("detail").str.split(":").list.first(), "unit").len().iter_rows()
    turned_away = {(name, unit): n for name, unit, n in counts}
    rows = [
        (name, f"`{of}`", *(turned_away.get((name, unit), 0) for unit in ("video", "question")))
        for name, of in sorted(against.items())
    ]
    head = ("benchmark", "sha256 of its list", "videos turned away", "questions turned away")
    return ["## Held against benchmarks", _table(head, rows)]


def _licenses(rows: pl.DataFrame) -> str:
    counts = rows.unique().group_by("license").len().sort("license")
    return _table(("licence", "videos"), ((license or "not stated", count) for license, count in counts.iter_rows()))


def _load(out: str, info: ReleaseInfo, there: Sequence[str]) -> str:
    """How to load what has rows: trainers cannot load a file without any."""
    for_training = [config for config in ("sft", "rl") if config in there] or there[:1]
    examples = "\n".join(
        f'{config} = load_dataset("RELEASE", "{config}", split="{_splits(out, CONFIGS[config])[0]}")'
        for config in for_training
    )
    sft = shard_paths(out, "sft_parquet")[0] if "sft" in there else ""
    rl = shard_paths(out, "rl")[0] if "rl" in there else ""
    relative = "\nImage paths in `sft/*.jsonl` are relative to the folder `sft/`." if sft else ""
    parts = [
        f"""`RELEASE` is the folder of this card. The parquet files hold the frames themselves.{relative}

With `datasets` (3.6 or later); `images` come as pictures:

```python
from datasets import load_dataset

{examples}
```""",
        _by_verl(sft, rl) if sft or rl else "",
        _conversations(shard_paths(out, "sft", "jsonl")[0].removeprefix("sft/"), info, rl) if sft else "",
        ("EasyR1 and OpenRLHF read the same RL rows (`problem`, `answer`, `images`; `prompt`). " if rl else "")
        + """Foreign text that looked like
markup of a trainer is quoted with a backslash behind its bracket: `<\\image>`.""",
    ]
    return "\n\n".join(part for part in parts if part)


def _by_verl(sft: str, rl: str) -> str:
    lines = [
        f"data.train_files=RELEASE/{sft} data.messages_key=messages data.max_length=32768"
        " data.max_token_len_per_gpu=32768",
        f"data.train_files=RELEASE/{rl} data.max_prompt_length=16384 data.image_patch_size=16",
    ]
    shown = "\n".join(line for line, path in zip(lines, (sft, rl), strict=True) if path)
    return f"""\
With verl, from parquet; no paths are involved. Frames make rows long, and verl's own limits are short: SFT stops at a
row over `max_length` (1024), RL at a prompt over `max_prompt_length` (512), or it drops the row without a word where
`filter_overlong_prompts` is set. `image_patch_size` is the model's: 16 for Qwen3-VL, 14 for Qwen2.5-VL. The system
message of an RL row lists the tools already; do not let a tool config list them again.

```
{shown}
```"""


def _conversations(first: str, info: ReleaseInfo, rl: str) -> str:
    """How other trainers load the SFT rows; `first` is a file of `sft/`."""
    one = parse_shard_name(first)
    number = f"_{one.number:05d}" if one and one.count > 1 else ""
    entry = f"{info.dataset}_{one.split if one else 'train'}{number}"
    grpo = f" For GRPO, give it `RELEASE/{rl}`." if rl else ""
    return f"""\
With ms-swift, from jsonl: it takes image paths as relative to the working directory, so start it inside `sft/` (or set
`ROOT_IMAGE_DIR` to that folder); the parquet files work from anywhere.{grpo}

```
cd RELEASE/sft && swift sft --dataset {first}
```

With LLaMA-Factory, from jsonl: image paths are relative to `media_dir`, which is `dataset_dir` unless it is set. Rows
over `cutoff_len` (2048) are cut without a word. The template is that of the model, here Qwen3-VL's.

```
dataset_dir: RELEASE/sft
dataset: {entry}
template: qwen3_vl_nothink
cutoff_len: 32768
```

With TRL, from parquet, once each message's content is a list of parts: TRL puts the pictures of messages that are
strings before the first question. Train with `assistant_only_loss=True`.

```python
def as_parts(content):
    pairs = [({{"type": "image"}}, {{"type": "text", "text": text}}) for text in content.split("<image>")]
    return [part for pair in pairs for part in pair][1:]
```"""


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
