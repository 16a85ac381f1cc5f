"""A build with every export, as a user makes it."""

from pathlib import Path

import pytest

from tests.builds import frametrail, told_samples
from tests.trajectories import read_lines
from tests.write.golden import ALL

ENTRY = f"""\
    explore: {{rollouts: 2}}
    ask: {{per_video: 2}}
    write: {{exports: [{", ".join(ALL)}], loss: last_two_rounds}}
"""


@pytest.mark.heavy
def test_a_build_with_every_export_passes_the_audit(tmp_path: Path) -> None:
    settings = told_samples(tmp_path, ENTRY)
    built = frametrail("build", "told", "-c", settings, "--out", tmp_path / "out", "--work", tmp_path / "work")
    assert built.returncode == 0, built.stderr
    release = tmp_path / "out" / "told" / "1.0.0"
    audited = frametrail("audit", release)
    assert audited.returncode == 0, audited.stdout
    rows = {
        name: [row for path in sorted((release / name).glob("*.jsonl")) for row in read_lines(path)] for name in ALL
    }
    chosen = [row for path in sorted((release / "sft").glob("*.jsonl")) for row in read_lines(path)]
    assert chosen and all(len(rows[name]) == len(chosen) for name in ("swift", "sharegpt", "trl", "crops"))
    assert len(rows["alpaca"]) == 2 * len(chosen)
    assert len(rows["rllm"]) >= len(chosen)
