"""The end of a release: report, settings, card, and the manifest, which makes it one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import fsspec

from schemas.refs import Count
from schemas.release import FileEntry, ReleaseInfo
from schemas.settings import Dataset, Write
from transforms import progress
from transforms.engines import build
from transforms.write import costs
from transforms.write.card import build_card
from transforms.write.exports.registry import EXPORTS
from transforms.write.files import write_text
from transforms.write.manifest import build_config, build_dataset_info, build_manifest, to_text
from transforms.write.report import build_report
from transforms.write.without_rows import without_rows

MANIFEST = "manifest.json"
FAILED = "manifest.failed.json"

Judge = Callable[[Mapping[str, Any]], list[str]]
"""From a report's stages to what keeps the result from being a version, in words."""

UNITS = {
    "read": "input",
    "perceive": "video",
    "ask": "question",
    "explore": "rollout",
    "ground": "trajectory",
    "verify": "trajectory",
    "curate": "trajectory",
    "write": "row",
}
"""What each stage counts. Inputs are files of a folder or lines of manifests."""

STEPS = {
    "sha256": "read",
    "scan": "perceive",
    "vad": "perceive",
    "ocr": "perceive",
    "asr": "perceive",
    "caption": "perceive",
    "summary": "perceive",
    "names": "perceive",
    "chat": "explore",
    "closer": "explore",
    "inspect": "explore",
    "embed": "explore",
    "web": "explore",
    "frame": "ground",
    "reread": "verify",
    "exam": "verify",
    "same": "verify",
    "clip": "write",
}
"""The stage of every memoised step."""


def seal(
    folder: str,
    info: ReleaseInfo,
    settings: Dataset,
    store: str,
    files: Iterable[FileEntry],
    counts: Sequence[Count],
    measured: bool = True,
    judge: Judge | None = None,
) -> str:
    """Writes what describes the release, the manifest last, and returns its path.

    Without `measured`, nothing is told of what this run took: this process knows only its own part of it.

    With `judge`, the release is written where it will stay: what an earlier run left there goes, and where anything
    keeps the result from being a version, its manifest is called FAILED, so that it is no release.

    Raises:
        ValueError: the counts of a stage do not add up.
    """
    entries = list(files)
    if judge:
        sweep(folder, {entry.path for entry in entries})
    written = [entry.rows for entry in entries if entry.path.startswith(("sft_parquet/", "rl/"))]
    chosen = sum(count.n for count in counts if count.stage == "curate" and count.field in ("out", "kept"))
    all_counts = [*counts, Count("write", "in", "", chosen), Count("write", "out", "", sum(written))]
    report = build_report(all_counts, UNITS, info, measures(store, folder, settings, measured))
    report["without_rows"] = without_rows(folder)
    paths = [entry.path for entry in entries]
    entries += [
        write_text(folder, "report.json", to_text(report)),
        write_text(folder, "config.yaml", build_config(info.dataset, settings)),
        write_text(folder, "sft/dataset_info.json", build_dataset_info(info, paths)),
        *write_export_infos(folder, info, settings.write, paths),
        write_text(folder, "README.md", build_card(folder, settings, info, report)),
    ]
    name = FAILED if judge and judge(report["stages"]) else MANIFEST
    write_text(folder, name, build_manifest(info, entries))
    return f"{folder}/{name}"


def sweep(folder: str, kept: Collection[str]) -> None:
    """Removes all files below `folder` whose paths are not `kept`: shards of an earlier run would be loaded too."""
    fs, base = fsspec.core.url_to_fs(folder)
    fs.invalidate_cache()
    for path in fs.find(base):
        if path.removeprefix(f"{base.rstrip('/')}/") not in kept:
            fs.rm_file(path)
    fs.invalidate_cache()


def write_export_infos(folder: str, info: ReleaseInfo, settings: Write, paths: Sequence[str]) -> list[FileEntry]:
    """dataset_info.json of every export that LLaMA-Factory reads."""
    return [
        write_text(folder, f"{name}/dataset_info.json", build_dataset_info(info, paths, name, form))
        for name in settings.exports
        if (form := EXPORTS[name].llama_factory)
    ]


def measures(store: str, folder: str, settings: Dataset, measured: bool = True) -> dict[str, dict[str, Any]]:
    """What this process saw of each stage: seconds it was busy, memos found and memos made, and what models cost.

    `rollouts` of explore is what all of the release's rollouts took, whoever paid for them.
    """
    found: dict[str, dict[str, Any]] = _run(store) if measured else {stage: {} for stage in progress.STAGES}
    of_all = costs.rollouts(folder, settings)
    if of_all is not None:
        found["explore"]["rollouts"] = of_all
    return found


def _run(store: str) -> dict[str, dict[str, Any]]:
    """What this process saw of the run."""
    found: dict[str, dict[str, Any]] = {
        stage: {"seconds": round(row.busy_s, 3)} for stage, row in progress.snapshot().items()
    }
    for (step, what), n in sorted(build.store(store).counts.items()):
        stage = found[STEPS[step]]
        stage[f"{step}_{what}"] = n
    for name, models in costs.spending().items():
        found[name]["models"] = models
    return found
