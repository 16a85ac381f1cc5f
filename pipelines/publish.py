"""How a finished release becomes repositories on the Hub: audited, allowed, put together, sent."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import get_token

from pipelines.audit import audit
from pipelines.checks.release import Release
from schemas.codec import sha256
from schemas.errors import SettingsError
from schemas.release import BENCHMARK
from transforms.publish import load, plots
from transforms.publish.allowed import check_facts, check_folder, check_repository, check_secrets, check_version
from transforms.publish.card import REJECTS_PLOT, YIELD_PLOT, cite, published_card
from transforms.publish.croissant import build_croissant
from transforms.publish.facts import Facts
from transforms.publish.files import (
    Form,
    Outgoing,
    Repository,
    as_it_is,
    as_tar,
    entries_of,
    frames_of,
    made,
    others_of,
    repository_manifest,
)
from transforms.publish.hub import Hub
from transforms.publish.patience import Patience
from transforms.publish.tar import plan_tars
from transforms.publish.upload import is_there, put
from transforms.write.arrow import schema_of
from transforms.write.card import CONFIGS
from transforms.write.manifest import RENDERED, to_text

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`jsonl` names the repository for JSON lines, if one is wanted; `planner` is that rows of the planner may go."""

    parquet: str
    jsonl: str = ""
    planner: bool = False


def prepare(root: Path, wanted: Wanted) -> list[Repository]:
    """What each repository would hold; nothing is sent.

    Raises:
        SettingsError: something stands against publishing this release.
    """
    ids = [id for id in (wanted.parquet, wanted.jsonl) if id]
    for id in ids:
        check_repository(id)
    if len(set(ids)) < len(ids):
        raise SettingsError(
            "one_repository", "parquet and jsonl cannot share a repository: `datasets` would load one of them alone"
        )
    release = Release(root)
    check_version(release.manifest["version"])
    check_folder(root.resolve().name)
    _audited(root)
    facts = facts_of(release)
    check_facts(facts, wanted.planner)
    repositories = [_parquet(release, facts, wanted)]
    if wanted.jsonl:
        repositories.append(_jsonl(release, facts, wanted))
    for repository in repositories:
        check_secrets(repository.files, _secrets(release))
    return repositories


def send(repositories: list[Repository], public: bool, hubs: list[Hub], patience: Patience, say: Say) -> bool:
    """Puts every repository on the Hub; False when all were there. None becomes public before all are whole, and
    nothing is sent where one of them is refused.

    Raises:
        SettingsError: a repository is public and nobody said that this release may be, or holds something else, or
            the Hub refuses.
        StoppedError: the Hub does not answer; the same call goes on.
    """
    shown = [_shown(hub, public, patience) for hub in hubs]
    for repository, hub, is_public in zip(repositories, hubs, shown, strict=True):
        if is_public is not None:
            is_there(repository, hub, patience)
    changed = False
    for repository, hub, is_public in zip(repositories, hubs, shown, strict=True):
        if is_public is None:
            say(f"creating {hub.id}, private")
            patience(hub.create)
            _shown(hub, public, patience)  # somebody else may have made it meanwhile
        new = put(repository, hub, patience, say)
        say(f"{hub.address}/tree/{repository.tag} {'is there, checked file by file' if new else 'was there already'}")
        changed = changed or new
    for hub, is_public in zip(hubs, shown, strict=True):
        if public and not is_public:
            patience(hub.make_public)
            say(f"{hub.id} is public now")
            changed = True
    return changed


def _shown(hub: Hub, public: bool, patience: Patience) -> bool | None:
    """Whether everybody sees the repository; None when there is none.

    Raises:
        SettingsError: they do, and nobody said that they may.
    """
    is_public = patience(hub.is_public)
    if is_public and not public:
        raise SettingsError(
            "is_public",
            f"{hub.id} is public, and so would be this release; say so with --public, or name another repository",
        )
    return is_public


def _audited(root: Path) -> None:
    wrong = [f"{finding.check}: {finding.detail}" for finding in audit(root) if not finding.ok]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise SettingsError(
            "audit_failed", f"the release does not hold what it promises: {wrong[0]}{more}; see frametrail audit {root}"
        )


def facts_of(release: Release) -> Facts:
    """The counts that the card tells, from the rows."""
    settings, info = release.settings, release.info
    asked = Counter(row["extra_info"]["kind"] for _, row in release.rows("rl", ["extra_info.kind"]))
    solved = {row["question_id"]: row["kind"] for _, row in release.rows("sft_parquet", ["question_id", "kind"])}
    licences = _licences(release)
    planner_rows = sum(not row["for_training"] for _, row in release.rows("sft_parquet", ["for_training"]))
    return Facts(
        dataset=info.dataset,
        version=info.version,
        asked=asked,
        solved=Counter(solved.values()),
        rejects=Counter(f"{row['stage']}/{row['code']}" for _, row in release.rows("rejects", ["stage", "code"])),
        licences=Counter(licences.values()),
        licence=settings.write.license.strip(),
        planner_rows=planner_rows,
        planner=planner_rows > 0 or settings.explore.teacher.type == "planner",
        benchmarks=tuple(sorted(key.removeprefix(BENCHMARK) for key, _ in info.inputs if key.startswith(BENCHMARK))),
        recipe=settings.recipe,
    )


def _licences(release: Release) -> dict[str, str]:
    """Video → licence, of every video that anything in the release is about."""
    found = {row["id"]: row["license"].strip() for _, row in release.rows("timelines", ["id", "license"])}
    for _, row in release.rows("sft_parquet", ["video_id", "license"]):
        found[row["video_id"]] = row["license"].strip()
    for _, row in release.rows("rl", ["video_id", "extra_info.license"]):
        found[row["video_id"]] = row["extra_info"]["license"].strip()
    for _, row in release.rows("trajectories", ["video.id", "video.license"]):
        found[row["video"]["id"]] = row["video"]["license"].strip()
    return found


def _secrets(release: Release) -> dict[str, str]:
    """Name → value of what must be in no file: the Hub's token, and the keys that the settings name."""
    named = {name: os.environ.get(name, "") for name in _key_names(release.settings.model_dump(mode="json"))}
    return {**named, "the Hub's token": get_token() or ""}


def _key_names(settings: object) -> Iterator[str]:
    if isinstance(settings, dict):
        for key, value in settings.items():
            if key.endswith("_env") and value:
                yield value
            yield from _key_names(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _key_names(value)


def _parquet(release: Release, facts: Facts, wanted: Wanted) -> Repository:
    held = tuple(as_it_is(release.root, entry) for entry in entries_of(release.manifest, "parquet"))
    repository = Repository(wanted.parquet, f"v{facts.version}", held)
    extra = [
        made("dataset_info.json", to_text(load.llama_factory(held, facts.dataset, RENDERED))),
        made("croissant.json", _croissant(release, facts, repository)),
    ]
    return _whole(release, facts, repository, extra, "parquet", wanted)


def _jsonl(release: Release, facts: Facts, wanted: Wanted) -> Repository:
    held = tuple(as_it_is(release.root, entry) for entry in entries_of(release.manifest, "jsonl"))
    extra: list[Outgoing] = []
    for name, loose in (("frames", frames_of(release.manifest)), ("files", others_of(release.manifest))):
        tars = plan_tars(release.root, loose, release.settings.write.shard_mb * 1_000_000)
        extra += [as_tar(f"{name}-{number:05d}-of-{len(tars):05d}.tar", tar) for number, tar in enumerate(tars)]
    return _whole(release, facts, Repository(wanted.jsonl, f"v{facts.version}", held), extra, "jsonl", wanted)


def _whole(
    release: Release, facts: Facts, repository: Repository, extra: list[Outgoing], form: Form, wanted: Wanted
) -> Repository:
    """With card, plots and manifest, which every repository has."""
    if form == "parquet":
        how = load.from_parquet(repository, facts.dataset, wanted.jsonl)
    else:
        how = load.from_jsonl(repository, facts.dataset, wanted.parquet)
    files = [
        *repository.files,
        *extra,
        made(YIELD_PLOT, plots.yields(facts.asked, facts.solved)),
        made(REJECTS_PLOT, plots.rejects(facts.rejects)),
        made("README.md", published_card(release.text("README.md"), facts, repository, form, how)),
    ]
    released = sha256((release.root / "manifest.json").read_bytes())
    files.append(repository_manifest(release.manifest, released, repository.id, repository.tag, files))
    return Repository(repository.id, repository.tag, tuple(sorted(files, key=lambda file: file.path)))


def _croissant(release: Release, facts: Facts, repository: Repository) -> str:
    settings = release.settings
    tables = {
        config: (schema_of(folder, release.dialect), [file for file in repository.files if _in(file, folder)])
        for config, folder in CONFIGS.items()
        if any(_in(file, folder) for file in repository.files)
    }
    return build_croissant(
        settings.write.pretty_name or facts.dataset,
        settings.description.strip() or f"{facts.dataset} {facts.version}, made with frametrail",
        facts.licence or ", ".join(sorted(facts.licences)),
        facts.version,
        f"https://huggingface.co/datasets/{repository.id}",
        tables,
        cite(facts, repository),
    )


def _in(file: Outgoing, folder: str) -> bool:
    return file.path.startswith(f"{folder}/") and file.rows > 0
