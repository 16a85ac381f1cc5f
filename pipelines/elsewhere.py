"""What a build has to see to when other processes do its work: they share the limits of models, the store and the code.

A process knows nothing of the others. What must not differ between them is checked before anything is computed.
"""

from pathlib import Path
from typing import Any

import fsspec

from pipelines.code import code_digest
from pipelines.identities import engine_identities
from schemas.codec import canonical
from schemas.errors import EngineError, InputError
from schemas.release import ReleaseInfo
from schemas.settings import Dataset, Limits, Served, Settings
from transforms.store import Store


def divided(settings: Any, processes: int) -> Any:
    """The settings with the limits of every model divided among `processes`, so that all together keep to them.

    What is no limit stays so, and so do those of a model that every process has for itself. `smallest` tells how many
    processes they are enough for.
    """
    if isinstance(settings, Limits):
        return settings.model_copy(
            update={name: limit and max(1, limit // processes) for name, limit in settings.model_dump().items()}
        )
    if not isinstance(settings, Settings) or _in_each_process(settings):
        return settings
    parts = {name: divided(getattr(settings, name), processes) for name in type(settings).model_fields}
    return settings.model_copy(update=parts)


def smallest(settings: Any) -> int | None:
    """The smallest limit of all models that processes share; None where there is none."""
    if isinstance(settings, Limits):
        return min(limit for limit in settings.model_dump().values() if limit)
    if not isinstance(settings, Settings) or _in_each_process(settings):
        return None
    found = [smallest(getattr(settings, name)) for name in type(settings).model_fields]
    return min((one for one in found if one is not None), default=None)


def _in_each_process(settings: Settings) -> bool:
    return isinstance(settings, Served) and not settings.address()


def leave_mark(code: str, store: Store) -> str:
    """Leaves something in the store, to be found by all who share it: the code's digest. Returns its blob."""
    return store.put_blob(code.encode())


SHARED = ".shared"
"""A file in the folder where a release is built, by which workers see that they have the same folder."""

_met: set[tuple[str, ...]] = set()


def same_ground(
    element: Any, info: ReleaseInfo, settings: Dataset, store: str, mark: str, folder: str, in_place: bool = False
) -> Any:
    """Passes an element on, in a process that has the code, the engines, the store and the release's `folder` of the
    one that started the build; each process looks once. `in_place` says that the folder is where the release will stay.

    Raises:
        EngineError: it has not. The whole job ends: its rows would be another release's, or lost.
    """
    ground = (info.fingerprint, store, mark, folder)
    if ground not in _met:
        _require_same(info, settings, store, mark)
        _require_open(folder) if in_place else _require_shared(folder)
        _met.add(ground)
    return element


def _require_shared(folder: str) -> None:
    if not (Path(folder) / SHARED).is_file():
        raise EngineError(
            "other_out",
            f"a worker does not see {folder}, where the release is built: give an --out that is a folder of all"
            " machines, such as one on a network disk",
        )


def _require_open(folder: str) -> None:
    """A release never changes, also when a template is started a second time."""
    fs, base = fsspec.core.url_to_fs(folder)
    if fs.exists(f"{base}/manifest.json"):
        raise EngineError(
            "already_built", f"{folder} is a finished release; raise `version`, or give another --out or template"
        )


def _require_same(info: ReleaseInfo, settings: Dataset, store: str, mark: str) -> None:
    if code_digest() != info.code:
        raise EngineError(
            "other_code",
            "a worker has other code of frametrail than the process that started this build: install the same wheel or"
            " checkout in both, and start the pool of workers again",
        )
    here = {job: canonical(identity) for job, identity in engine_identities(settings).items()}
    others = [f"{job} {here[job]}, not {identity}" for job, identity in info.engines if here[job] != identity]
    if others:
        raise EngineError(
            "other_engines",
            f"a worker has other engines than the process that started this build ({'; '.join(others)}): install the"
            " same packages and weights in both",
        )
    try:
        Store(store).blob(mark)
    except InputError:
        raise EngineError(
            "other_store",
            f"a worker does not see the store {store}: give a --work that all machines share, such as a folder on a"
            " network disk, or gs://…",
        ) from None
