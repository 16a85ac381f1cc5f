"""A tiny release, made by hand, and the Hub's double. Large files go by LFS: xet's own servers are not doubled."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from pipelines.publish import Wanted, prepare
from schemas.settings import Dataset, Explore, OpenAISettings, Price, Write
from tests.publish.hub_double import TOKEN, Hub, serve
from tests.trajectories import DATASET, Tiny, tiny, write_release
from transforms.publish.files import Repository
from transforms.publish.patience import Patience
from transforms.store import Store

TAUGHT = DATASET.model_copy(
    update={
        "explore": Explore(
            tools=("caption_zoom", "subtitle_retrieval"),
            rollouts=2,
            teacher=OpenAISettings(
                model="teacher-1", base_url="https://api.example.org/v1", price=Price(input=1.0, output=2.0)
            ),
        ),
        "write": Write(exports=("swift", "sharegpt")),
    }
)
"""The tiny release's settings, with the teacher that its rows name."""


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="session")
def records(store: Store) -> Tiny:
    return tiny(store)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory, store: Store, records: Tiny) -> Path:
    """A release that may be published. Read only."""
    out = tmp_path_factory.mktemp("out") / "tiny" / "1.0.0"
    write_release(out, store, records, dataset=TAUGHT)
    return out


@pytest.fixture(scope="session")
def ready(release: Path) -> list[Repository]:
    """What its two repositories would hold."""
    return prepare(release, Wanted("me/tiny", "me/tiny-jsonl"))


@pytest.fixture
def build(tmp_path: Path, store: Store, records: Tiny) -> Callable[..., Path]:
    """Writes another release into a folder of its own."""

    def build(name: str = "other", dataset: Dataset = TAUGHT, records: Tiny = records, **more: object) -> Path:
        write_release(tmp_path / name, store, records, dataset=dataset, **more)  # type: ignore[arg-type]
        return tmp_path / name

    return build


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    for name, value in (("HF_TOKEN", TOKEN), ("HF_HUB_DISABLE_XET", "1"), ("HF_HOME", str(tmp_path / "hf"))):
        monkeypatch.setenv(name, value)
    with serve() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, hub.endpoint)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
        yield hub


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited, ours and huggingface_hub's own; nobody really waits."""
    waited: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", waited.append)
    return waited


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    return Patience(lambda line: None, sleep=waits.append)
