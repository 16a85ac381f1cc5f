"""The order in which a repository comes to hold a version: branch, files, look, main, look, tag.

Each step looks first at what is there, so a run that was cut off is finished by the next one, which sends what is
missing. A tag is put on a commit only after every file of it was found as it should be: half a release has none.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from schemas.errors import SettingsError
from transforms.publish.files import Outgoing, Remote, Repository, dataset_of, differences, read_manifest
from transforms.publish.hub import Hub
from transforms.publish.patience import Patience

BATCH_FILES = 50
"""Files in one commit; huggingface_hub advises 50 to 100."""
BATCH_BYTES = 2_000_000_000
"""Bytes after which a commit is made: what is committed need not be looked at again after a cut."""

ABOUT = ("README.md", "plots", "manifest.json", "croissant.json", "dataset_info.json")
"""What publishing itself writes; all else is the release's."""

Say = Callable[[str], None]


def put(repository: Repository, hub: Hub, patience: Patience, say: Say) -> bool:
    """Makes the repository, which exists, hold the files at its tag and on main; False when it did before.

    Raises:
        SettingsError: the tag is there with other bytes, or what `is_there` says, or what was sent did not arrive.
        StoppedError: the Hub does not answer.
    """
    tag, files = repository.tag, repository.files
    branch = f"publish-{tag}"
    if is_there(repository, hub, patience):
        _clear(hub, branch, patience)
        return False
    if differences(files, patience(lambda: hub.files("main"))):
        _fill(repository, branch, hub, patience, say)
        patience(lambda: _move_main(repository, branch, hub))
    head = patience(hub.branches)["main"]
    _check(files, hub, head, patience)
    patience(lambda: _tag(repository, head, hub))
    _clear(hub, branch, patience)
    return True


def is_there(repository: Repository, hub: Hub, patience: Patience) -> bool:
    """Whether the repository, which exists, has the files at their tag; nothing is changed.

    Raises:
        SettingsError: the tag is there with other bytes, a higher version is there, or main holds what is no release.
        StoppedError: the Hub does not answer.
    """
    tag, tags = repository.tag, patience(hub.tags)
    if tag in tags:
        _compare_tag(repository, tags[tag], hub, patience)
        return True
    higher = [name for name in tags if _number(name) > _number(tag)]
    if higher:
        raise SettingsError(
            "older", f"{hub.id} has {max(higher, key=_number)} already, and main would go back; raise the version"
        )
    foreign = _not_ours(repository, hub, patience)
    if foreign:
        raise SettingsError(
            "not_a_release",
            f"main of {hub.id} holds what no earlier release of this dataset put there"
            f" ({', '.join(sorted(foreign)[:3])}), and would lose it; move it to a branch, or name another repository",
        )
    return False


def _not_ours(repository: Repository, hub: Hub, patience: Patience) -> set[str]:
    """What main holds beside the files that its manifest.json lists, which has to be one of the same dataset."""
    held = {file.path for file in patience(lambda: hub.files("main"))} - {".gitattributes", "README.md"}
    if "manifest.json" not in held:
        return held
    there = read_manifest(patience(lambda: hub.read("manifest.json", "main")))
    if there.get("dataset") != dataset_of(repository):
        return held
    return held - {"manifest.json"} - {entry["path"] for entry in there["files"]}


def _fill(repository: Repository, branch: str, hub: Hub, patience: Patience, say: Say) -> None:
    """Brings the branch to hold the files and nothing else, and looks whether it does."""
    patience(lambda: hub.create_branch(branch))
    wrong = differences(repository.files, patience(lambda: hub.files(branch)))
    missing = [file for file in repository.files if file.path in wrong]
    say(f"sending {len(missing)} of {len(repository.files)} files, {sum(file.bytes for file in missing):,} bytes")
    for batch in batches(missing):
        patience(lambda batch=batch: hub.send(branch, batch, f"{repository.tag}: {len(batch)} files"))  # type: ignore[misc]
        say(f"sent {', '.join(file.path for file in batch)}")
    patience(lambda: _delete_foreign(repository, branch, hub))
    _check(repository.files, hub, branch, patience)


def _delete_foreign(repository: Repository, branch: str, hub: Hub) -> None:
    wrong = differences(repository.files, hub.files(branch))
    foreign = [path for path in wrong if path not in {file.path for file in repository.files}]
    if foreign:
        hub.delete(branch, foreign, f"{repository.tag}: without {len(foreign)} files of before")


def _move_main(repository: Repository, branch: str, hub: Hub) -> None:
    heads = hub.branches()
    wrong = differences(repository.files, hub.files(heads["main"]))
    ours = [file.path for file in repository.files if file.path in wrong]
    foreign = [path for path in wrong if path not in ours]
    if wrong:
        hub.move("main", heads["main"], heads[branch], ours, foreign, f"{repository.tag}")


def _tag(repository: Repository, commit: str, hub: Hub) -> None:
    """Sets the tag, unless it is there: by a try whose answer was lost, or by somebody who was faster."""
    tags = hub.tags()
    if repository.tag not in tags:
        hub.tag(repository.tag, commit)
    elif tags[repository.tag] != commit:
        _compare_tag(repository, tags[repository.tag], hub, lambda step: step())


def _compare_tag(repository: Repository, commit: str, hub: Hub, patience: Callable[..., list[Remote]]) -> None:
    wrong = differences(repository.files, patience(lambda: hub.files(commit)))
    if wrong:
        of_rows = [path for path in wrong if path.split("/")[0] not in ABOUT]
        then = (
            "raise the version"
            if of_rows
            else "the rows are the same, and only what is told of them is not, as by another version of this program or"
            " of Pillow: there is nothing to do, or a version to raise"
        )
        raise SettingsError(
            "tag_exists", f"{repository.tag} of {hub.id} is there with other bytes ({_told(wrong)}); {then}"
        )


def _check(files: Sequence[Outgoing], hub: Hub, revision: str, patience: Patience) -> None:
    wrong = differences(files, patience(lambda: hub.files(revision)))
    if wrong:
        raise SettingsError(
            "not_arrived",
            f"{revision} of {hub.id} is not what was sent ({_told(wrong)}), so it has no tag; try again",
        )


def _clear(hub: Hub, branch: str, patience: Patience) -> None:
    def clear() -> None:
        if branch in hub.branches():
            hub.delete_branch(branch)

    patience(clear)


def batches(files: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """The files in the order given, cut by number and bytes."""
    batch: list[Outgoing] = []
    for file in files:
        if batch and (len(batch) >= BATCH_FILES or sum(one.bytes for one in batch) + file.bytes > BATCH_BYTES):
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def _number(tag: str) -> tuple[int, ...]:
    """What orders versions; a tag that is no version comes before all."""
    found = re.fullmatch(r"v(\d+)\.(\d+)\.(\d+)", tag)
    return tuple(map(int, found.groups())) if found else ()


def _told(wrong: dict[str, str], most: int = 3) -> str:
    named = [f"{path}: {what}" for path, what in sorted(wrong.items())]
    more = f", and {len(named) - most} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more
