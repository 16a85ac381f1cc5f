"""The two datasets that are judged: the samples as the demo asks them, and the planted video, asked thoroughly."""

import io
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from tests.builds import frametrail
from tests.faults.right import build_samples
from tests.planted.judge import FrameNumber
from tests.planted.video import draw
from tests.strip import read_strip
from tests.truth import Truth, load_truth
from transforms.store import Store

PER_VIDEO = 60

ENTRY = f"""\
datasets:
  planted:
    version: 1.0.0
    source: {{type: folder, path: videos, license: CC0-1.0}}
    ask: {{per_video: {PER_VIDEO}}}
"""


@dataclass(frozen=True, slots=True)
class Source:
    """A finished release, the truth of its videos by id, and what tells the number in a frame."""

    name: str
    release: Path
    truths: dict[str, Truth]
    number: FrameNumber


def samples(folder: Path) -> Source:
    """Builds the demo; what the folder's store holds of it is not made again."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    build_samples(folder)
    return Source("samples", folder / "out" / "demo" / "1.0.0", load_truth(), _numbers(folder / "work"))


def planted(folder: Path) -> Source:
    """Draws the video and builds a dataset of it; what the folder's store holds of it is not made again."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    video, settings = folder / "videos" / "planted.mp4", folder / "datasets.yaml"
    video.parent.mkdir(parents=True, exist_ok=True)
    truth = draw(video)
    settings.write_text(ENTRY, encoding="utf-8")
    built = frametrail("build", "planted", "-c", settings, "--out", folder / "out", "--work", folder / "work")
    assert built.returncode == 0, built.stderr
    return Source("planted", folder / "out" / "planted" / "1.0.0", {"planted": truth}, _numbers(folder / "work"))


def _numbers(work: Path) -> FrameNumber:
    """Frames of trajectories that were not chosen are in the store alone."""
    store = Store(work / "store")

    @cache
    def number(sha256: str) -> int | None:
        return read_strip(np.asarray(Image.open(io.BytesIO(store.blob(sha256))).convert("RGB")))

    return number
