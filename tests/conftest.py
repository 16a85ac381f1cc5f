"""Fixtures that every test may use."""

from pathlib import Path

import pytest

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
