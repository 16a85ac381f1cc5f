"""The models that an entry calls, and what a build needs of them before its work begins."""

from pipelines.elsewhere import smallest
from schemas.errors import EngineError, SettingsError
from schemas.settings import Dataset, RunSettings, Served
from transforms.engines import build as engines
from transforms.engines.prices import rates_of

CALLS_PER_WORKER = 8
"""Conversations in flight per worker: a conversation mostly waits for its teacher."""


def models_of(settings: Dataset) -> dict[str, Served]:
    """The models that an entry calls, by what for."""
    jobs = {
        "perceive.captions.engine": getattr(settings.perceive.captions, "engine", None),
        "explore.teacher": settings.explore.teacher,
        "explore.retrieval": settings.explore.retrieval,
        "explore.inspector.engine": getattr(settings.explore.inspector, "engine", None),
        **{f"verify.{job}.engine": model for job, model in settings.verify.models().items()},
    }
    return {job: model for job, model in jobs.items() if isinstance(model, Served)}


def make_ready(settings: Dataset) -> None:
    """Fetches and checks what models need, before the work begins.

    Raises:
        SettingsError: it cannot be had.
    """
    for model in models_of(settings).values():
        try:
            engines.make_ready(model)
        except EngineError as error:
            raise SettingsError(error.code, error.detail) from error


def require_divisible(settings: Dataset, run: RunSettings, processes: int) -> None:
    """What holds in one process only, and what cannot be divided among several, is refused.

    Raises:
        SettingsError: there is a budget, or a limit of a model that is smaller than the number of processes.
    """
    if run.budget_usd:
        raise SettingsError(
            "budget_elsewhere",
            "a budget is exact in one process, and here others do the work, none of which knows what the rest spent:"
            " leave --budget out and see `frametrail plan` for the cost, or build with --runner local",
        )
    least = smallest(settings)
    if least is not None and least < processes:
        raise SettingsError(
            "limits_elsewhere",
            f"{processes} worker processes cannot share a limit of {least}: raise the `limits` of the model in"
            " datasets.yaml, or lower the number of processes under `run`",
        )


_SIZE_OF_REPLIES = frozenset({"max_tokens", "max_completion_tokens", "n", "maxOutputTokens", "candidateCount"})
"""Parameters of requests that say how much may come back."""


def require_known_costs(settings: Dataset) -> None:
    """A budget needs to know what a call costs at most.

    Raises:
        SettingsError: nobody knows the price of a model, or how long its replies may be.
    """
    for job, model in models_of(settings).items():
        if rates_of(model) is None:
            raise SettingsError(
                "no_price",
                f"a budget needs prices, and none is known of {model.model}: give US dollars per million tokens,"
                f" such as `price: {{input: 0.5, output: 1.5}}` under {job} in datasets.yaml",
            )
        own = getattr(model, "extra_body", {})
        changed = [*getattr(model, "leave_out", ()), *own, *(own.get("generationConfig") or ())]
        if _SIZE_OF_REPLIES & {*changed}:
            raise SettingsError(
                "no_limit",
                f"a budget needs to know how long each reply may be, and {job} changes that by leave_out or extra_body"
                f" ({', '.join(sorted(_SIZE_OF_REPLIES & {*changed}))}): build without --budget, or without these",
            )


def calls_in_flight(settings: Dataset, workers: int) -> int:
    """How many rollouts run at once: as many as the teacher may have calls in flight; rules need the CPU instead."""
    teacher = settings.explore.teacher
    return teacher.limits.in_flight if isinstance(teacher, Served) else workers * CALLS_PER_WORKER
