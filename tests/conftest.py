"""Fixtures that every test may use."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"


@pytest.fixture(scope="session")
def real_videos() -> Path:
    """Real footage beside the checkout; tests that need it say so when they skip."""
    folder = ROOT.parent / "shared" / "videos"
    if not folder.is_dir():
        pytest.skip("real videos are not here: this test reads ../shared/videos")
    return folder
