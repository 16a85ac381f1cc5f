"""A release that is there already, told of before a build."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from runners.benchmarks import Against, Decontaminated
from runners.building import read_inputs
from runners.fingerprint import parts_without_inputs
from runners.places import removal
from runners.release_place import version_taken
from runners.settings_file import LoadedEntry
from schemas.errors import SettingsError
from schemas.settings import RunSettings
from transforms.store import Absent, Held


def already_built(release: Path, parts: Callable[[], Mapping[str, str]]) -> str:
    """What to say of the finished release at a place, empty when there is none. `parts` gives what is known of the
    fingerprint that a build would have.

    Raises:
        SettingsError: `version_taken`, it was made from something else; `bad_release`, its manifest cannot be read.
    """
    manifest = release / "manifest.json"
    if not manifest.is_file():
        return ""
    now = parts()
    try:
        taken = version_taken(release, json.loads(manifest.read_text(encoding="utf-8")), now)
    except (OSError, ValueError, KeyError) as error:
        detail = f"{manifest} cannot be read ({error}); {removal(str(release))}, or give another --out"
        raise SettingsError("bad_release", detail) from error
    if taken:
        raise SettingsError("version_taken", taken)
    if "inputs" in now:
        return f"nothing to do: {release} is already built from the same settings and inputs"
    return f"{release} is built; unless the source has changed since, there is nothing to do"


def known_parts(
    entry: LoadedEntry, run: RunSettings, store: Held, named: Decontaminated, against: Against
) -> dict[str, str]:
    """The fingerprint that a build would have, without its inputs where the store does not know all videos: none is
    read.

    Raises:
        SettingsError, EngineError: an engine is missing.
    """
    try:
        return asdict(read_inputs(entry, run, store, named, against).made_from)
    except Absent:
        return parts_without_inputs(entry.settings)
