"""Fixtures that every test may use."""

import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MethodType
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms import core
from apache_beam.typehints import decorators

from transforms import progress
from transforms.engines.purse import PURSE

_LONG = ("tests.builds", "runners.cli", "pipelines.audit")
"""Whoever uses what these modules make takes long."""

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests make whole builds, or audit them, go first: one that is begun last keeps a single worker busy
    for long."""
    items.sort(key=lambda item: not _is_long(item))


def _is_long(item: pytest.Item) -> bool:
    names = vars(getattr(item, "module", None) or object).values()
    return any(getattr(value, "__module__", "") in _LONG for value in names)


@pytest.fixture(autouse=True)
def nothing_done_yet() -> None:
    """Stages that ran in this process, and what they paid, must not show in what a later test prints."""
    progress.reset()
    PURSE.reset(0.0)


@pytest.fixture(scope="session", autouse=True)
def beam_asks_once() -> Iterator[None]:
    """To make a pipeline, Beam asks some forty times for the signature of every method of every DoFn, and builds a new
    parser for each look at its options: half of what a build without models takes. The tests make hundreds of them."""
    read, look = decorators.get_signature, PipelineOptions.view_as
    of_method = functools.cache(lambda function: without_self(read(function)))
    views: dict[tuple[int, type], tuple[PipelineOptions, Any]] = {}

    def signature(function: Callable[..., Any]) -> inspect.Signature:
        plain = isinstance(function, MethodType) and not hasattr(function.__func__, "__wrapped__")
        found: inspect.Signature = of_method(function.__func__) if plain else read(function)  # type: ignore[attr-defined]
        return found

    def view(options: PipelineOptions, kind: type) -> Any:
        # a view holds no values of its own; the options are kept with it, so that their id stays theirs
        if (id(options), kind) not in views:
            views[id(options), kind] = (options, look(options, kind))
        return views[id(options), kind][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "get_signature", signature)
        patch.setattr(PipelineOptions, "view_as", view)
        yield


def without_self(signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(parameters=list(signature.parameters.values())[1:])


@pytest.fixture(scope="session")
def warm_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder that builds of the samples share: what one has perceived the others need not."""
    return tmp_path_factory.mktemp("warm")


@pytest.fixture(scope="session")
def real_videos() -> Path:
    """Real footage beside the checkout; tests that need it say so when they skip."""
    folder = ROOT.parent / "shared" / "videos"
    if not folder.is_dir():
        pytest.skip("real videos are not here: this test reads ../shared/videos")
    return folder


@pytest.fixture(scope="session")
def annotations() -> Path:
    """Published annotation files beside the checkout; tests that need them say so when they skip."""
    folder = ROOT.parent / "shared" / "annotations"
    if not folder.is_dir():
        pytest.skip("annotation files are not here: this test reads ../shared/annotations")
    return folder
