"""datasets.yaml: finding it, and one entry of it as settings.

An entry is laid over the entry it is `like`, then `--set` is laid over both, then pydantic has its say. Whatever is
wrong is told with file, line, key and a way out.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from runners.settings.blocks import nearest, with_types
from runners.settings.explain import explain
from runners.settings.json_schema import ENTRY_NAME
from runners.settings.merge import inherit, overlay, override
from runners.settings.tree import Keys, Place, Tree, parse, read_yaml, shown
from schemas.clusters import RunBlock
from schemas.errors import InputError, SettingsError
from schemas.settings import Dataset, Settings
from transforms.remote.uris import is_remote
from transforms.remote.uris import parse as parse_uri

if TYPE_CHECKING:
    from transforms.read.gather import Gathered

_NAME = re.compile(ENTRY_NAME)
_LINES = 10

TOP = ("datasets", "run")
"""The keys at the top of a settings file."""

Model = TypeVar("Model", bound=Settings)


@dataclass(frozen=True, slots=True)
class LoadedEntry:
    """One dataset, ready to build.

    `base_dir` is what relative paths in the settings resolve against: the folder of the file that its `source` stands
    in, or the working directory when `--set` gave the source; `benchmarks_dir` is the same for `curate.benchmarks`.
    `changed` says that `--set` was used, `file` is the file that holds the entry.
    """

    settings: Dataset
    base_dir: Path
    changed: bool
    file: Path
    benchmarks_dir: Path

    def locate(self, path: str) -> str:
        """A path of the settings as it is opened: `~` is the home folder, relative ones start at `base_dir`. Remote
        uris stay what they are."""
        return path if is_remote(path) else str(self.base_dir / Path(path).expanduser())

    def locate_benchmark(self, path: str) -> str:
        """The same for a path of a benchmark."""
        return str(self.benchmarks_dir / Path(path).expanduser())


def gather(entry: LoadedEntry) -> "Gathered":
    """The videos and questions that the entry's source holds.

    Raises:
        SettingsError: the source cannot be read at all, or holds nothing.
    """
    from transforms.read.gather import gather_folder, gather_manifest

    source, allow = entry.settings.source, tuple(map(entry.locate, entry.settings.allow))
    for root in filter(is_remote, allow):
        _check_root(root)
    if source.type == "folder":
        if is_remote(source.path):
            raise SettingsError(
                "remote_folder", f"{source.path} cannot be listed: name its videos in a manifest (`type: manifest`)"
            )
        return gather_folder(entry.locate(source.path), source.license, allow)
    questions = entry.locate(source.questions) if source.questions else None
    return gather_manifest(entry.locate(source.videos), questions, allow, entry.settings.fetch)


def _check_root(root: str) -> None:
    try:
        parse_uri(root)
    except InputError as error:
        raise SettingsError("bad_root", f"allow: {root}: {error.detail}") from None


def bundled_file() -> Path:
    """The datasets.yaml that comes with frametrail: beside the package in a checkout, inside it in a wheel."""
    packed = Path(__file__).parent / "data" / "datasets.yaml"
    return packed if packed.is_file() else Path(__file__).resolve().parent.parent / "datasets.yaml"


def default_file() -> Path:
    """`datasets.yaml` of the working directory if there is one, else the bundled one."""
    local = Path("datasets.yaml")
    return local.resolve() if local.exists() else bundled_file()


def dataset_names(config_path: Path | None = None) -> list[str]:
    """The names of all entries, in the order of the file.

    Raises:
        SettingsError: the file cannot be used at all.
    """
    return list(_entries(read_yaml(config_path or default_file())).data)


def load_run_block(config_path: Path | None = None) -> RunBlock:
    """The block `run` of a settings file: where builds run. Without one, what has defaults.

    Raises:
        SettingsError: as `load_dataset_entry`.
    """
    whole = read_yaml(config_path or default_file())
    _entries(whole)
    if whole.data.get("run") is None:
        return RunBlock()
    block = whole.at("run")
    if not isinstance(block.data, dict):
        raise SettingsError(
            "bad_settings", f"{block.place(())}: run: must be a block, such as `run: {{dataflow: {{...}}}}`"
        )
    filled = Tree(with_types(block.data, RunBlock), block.places)
    return _validated(RunBlock, filled, "run")


def load_dataset_entry(name: str, config_path: Path | None = None, overrides: list[str] | None = None) -> LoadedEntry:
    """The settings of one entry, with everything inherited and overridden.

    Args:
        name: the entry's key under `datasets:`.
        config_path: the file; None takes `default_file()`.
        overrides: `KEY=VALUE` with a dotted key and a YAML value, as `--set` gives them.

    Raises:
        SettingsError: with one line per problem, each with its place and a way out.
    """
    file = config_path or default_file()
    entries = _entries(read_yaml(file))
    if name not in entries.data:
        why, bundled = _unknown(name, list(entries.data), shown(file)), bundled_file()
        if file.resolve() != bundled.resolve() and name in _entries(read_yaml(bundled)).data:
            why += f"; it is one of the bundled ones: write an entry with `like: {name}`, or give -c {shown(bundled)}"
        raise SettingsError("unknown_dataset", why)
    entry = _resolve(name, entries, file, ())
    options = [parse_override(text) for text in overrides or []]
    if options:
        together = Tree({}, {(): options[0].places[()]})
        for option in options:
            together = overlay(together, option)
        entry = override(entry, together)
    filled = Tree(with_types(entry.data), entry.places)
    settings = _validated(Dataset, filled, name)
    benchmarks_dir = filled.place(("curate", "benchmarks")).folder
    return LoadedEntry(settings, _base_dir(filled, name), bool(options), file.resolve(), benchmarks_dir)


def _validated(model: type[Model], filled: Tree, name: str) -> Model:
    try:
        return model.model_validate(_tuples(filled.data), strict=True)
    except ValidationError as error:
        lines = explain(error, filled, name, model)
        more = [f"... and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
        raise SettingsError("bad_settings", "\n".join(lines[:_LINES] + more)) from None


def parse_override(text: str) -> Tree:
    """`explore.rollouts=4` as a tree.

    Raises:
        SettingsError: there is no key or no `=`, or the value is not YAML.
    """
    key, sign, value = text.partition("=")  # the value is not repeated in errors: it may be a secret out of place
    place = Place(f"--set {key}", 0, Path.cwd())
    parts = key.strip().split(".")
    if not sign or not all(parts):
        raise SettingsError("bad_settings", f"{place}: write KEY=VALUE, such as --set explore.rollouts=4")
    tree = parse(value, place) if value.strip() else Tree("", {(): place})
    data: Any = tree.data
    places: dict[Keys, Place] = {(*parts, *keys): at for keys, at in tree.places.items()}
    for depth in range(len(parts), 0, -1):
        data = {parts[depth - 1]: data}
        places[tuple(parts[: depth - 1])] = place
    return Tree(data, places)


def _entries(tree: Tree) -> Tree:
    """The mapping under `datasets:`."""
    top = tree.places[()].name
    if not isinstance(tree.data, dict):
        held = "is empty" if tree.data is None else "is not a mapping"
        raise SettingsError("bad_settings", f"{top}:1: the file {held}; it starts with `datasets:` and entries below")
    for key in tree.data:
        if key not in TOP:
            meant = nearest(key, TOP)
            hint = (
                f"did you mean `{meant}`?"
                if meant
                else "at the top are only `datasets`, with entries below it, and `run`"
            )
            raise SettingsError("bad_settings", f"{tree.place((key,))}: {key}: unknown key; {hint}")
    entries = tree.at("datasets") if "datasets" in (tree.data or {}) else Tree(None, tree.places)
    if not isinstance(entries.data, dict) or not entries.data:
        raise SettingsError(
            "bad_settings", f"{entries.place(())}: datasets: must hold entries, such as `mine: {{like: demo}}`"
        )
    for name in entries.data:
        if not _NAME.fullmatch(name):
            raise SettingsError(
                "bad_settings",
                f"{entries.place((name,))}: datasets.{name}: a name becomes a folder: up to 64 of a-z, A-Z, 0-9, . _ -",
            )
    return entries


def _resolve(name: str, entries: Tree, file: Path, below: tuple[tuple[Path, str], ...]) -> Tree:
    """The entry with all it inherits; `below` are the entries that led here."""
    own = entries.at(name)
    if not isinstance(own.data, dict):
        raise SettingsError("bad_settings", f"{own.place(())}: {name}: must be a block with `version` and `source`")
    if "like" not in own.data:
        return own
    like, place = own.data["like"], own.place(("like",))
    chain = (*below, (file.resolve(), name))
    own = Tree({key: value for key, value in own.data.items() if key != "like"}, own.places)
    bundled = bundled_file()
    is_bundled = file.resolve() == bundled.resolve()
    if not isinstance(like, str):
        raise SettingsError(
            "bad_settings", f"{place}: {name}.like: must be the name of one entry, such as `like: demo`"
        )
    if like in entries.data and (like != name or is_bundled):
        if (file.resolve(), like) in chain:
            turns = " -> ".join([*(step for _, step in chain), like])
            raise SettingsError(
                "bad_settings", f"{place}: {name}.like: goes round in a circle: {turns}; end it somewhere"
            )
        return inherit(_resolve(like, entries, file, chain), own)
    shipped = Tree({}, {}) if is_bundled else _entries(read_yaml(bundled))
    if like in shipped.data:
        return inherit(_resolve(like, shipped, bundled, chain), own)
    others = [other for other in {**entries.data, **shipped.data} if other != name]
    raise SettingsError(
        "bad_settings", f"{place}: {name}.like: {_unknown(like, others, 'this file or the bundled one')}"
    )


def _unknown(name: str, names: list[str], where: str) -> str:
    meant = nearest(name, names)
    there = f"it has {', '.join(names)}" if names else "it has no other"
    return f"there is no dataset `{name}` in {where}; " + (f"did you mean `{meant}`? Else {there}" if meant else there)


def _tuples(data: Any) -> Any:
    """Lists as tuples: validation is strict (no 1 for true, no "3" for 3), and settings are frozen."""
    if isinstance(data, dict):
        return {key: _tuples(value) for key, value in data.items()}
    return tuple(_tuples(item) for item in data) if isinstance(data, list) else data


def _base_dir(entry: Tree, name: str) -> Path:
    """The one folder that the relative paths of `source` and `allow` resolve against."""
    source, allow = entry.data["source"], entry.data.get("allow", ())
    written: dict[Keys, str] = {
        ("source", key): source[key] for key in ("path", "videos", "questions") if source.get(key)
    }
    written |= {("allow", index): root for index, root in enumerate(allow)}
    folders: dict[Path, Place] = {}
    for keys, value in written.items():
        if not Path(value).is_absolute() and "://" not in value:
            folders[entry.place(keys).folder] = entry.place(keys)
    if len(folders) > 1:
        places = " and ".join(str(place) for place in folders.values())
        raise SettingsError(
            "bad_settings", f"{places}: {name}.source: these paths are relative to two folders; make them absolute"
        )
    return next(iter(folders), entry.place(("source",)).folder)
