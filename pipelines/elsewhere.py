"""What a build has to see to when other processes do its work: they share the limits of models, the store and the code.

A process knows nothing of the others. What must not differ between them is checked before anything is computed.
"""

from typing import Any

from pipelines.code import code_digest
from schemas.errors import EngineError, InputError
from schemas.settings import Limits, Served, Settings
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


def same_ground(element: Any, code: str, store: str, mark: str) -> Any:
    """Passes an element on, in a process that has the code and the store of the one that started the build.

    Raises:
        EngineError: it does not. The whole job ends: its rows would be another release's, or lost.
    """
    if code_digest() != code:
        raise EngineError(
            "other_code",
            "a worker has other code of frametrail than the process that started this build: install the same wheel or"
            " checkout in both, and start the pool of workers again",
        )
    try:
        Store(store).blob(mark)
    except InputError:
        raise EngineError(
            "other_store",
            f"a worker does not see the store {store}: give a --work and --out that all machines share,"
            " such as a folder on a network disk, or gs://…",
        ) from None
    return element
