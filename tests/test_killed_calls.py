"""A build with a teacher behind an API, killed at twenty moments: nothing that was answered and kept is asked again."""

import json
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.builds import contents, frametrail, one_sample, start
from tests.engines.api_double import api_double, read_log

KILLS = 20
CHANCE = random.Random(20)


def taught(folder: Path, url: str) -> Path:
    settings = one_sample(folder, "soup.mp4")
    teacher = f"{{type: openai, model: m, base_url: '{url}', api_key_env: '', limits: {{in_flight: 8}}}}"
    settings.write_text(settings.read_text(encoding="utf-8") + f"    explore: {{teacher: {teacher}}}\n")
    return settings


def kept(work: Path) -> set[str]:
    """The digests of the requests whose replies lie in the store."""
    found = set()
    for path in (work / "store" / "chat").rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            found.add(json.loads(path.read_bytes())["value"]["model"].removeprefix("double-"))
    return found


def entries(work: Path) -> int:
    return sum(path.is_file() for path in (work / "store").rglob("*"))


@pytest.mark.heavy
def test_killed_at_twenty_moments(tmp_path: Path) -> None:
    log, work = tmp_path / "log", tmp_path / "killed" / ".frametrail"
    with api_double("planner", log, latency_s=0.05) as url:
        whole = tmp_path / "whole"
        settings = taught(whole, url)
        assert frametrail("build", "one", "-c", settings, cwd=whole).returncode == 0
        before = len(read_log(log))
        asked_undisturbed = Counter(entry.digest for entry in read_log(log))
        assert len(asked_undisturbed) > 20
        assert set(asked_undisturbed.values()) == {1}

        settings = taught(tmp_path / "killed", url)
        stored: list[tuple[float, set[str]]] = []
        for kill in range(KILLS):
            # Early kills fall into perceiving; so that most fall among the calls, those go on until some were answered.
            running = start("build", "one", "-c", settings, cwd=tmp_path / "killed")
            wanted = entries(work) + CHANCE.randint(1, 12)
            deadline = time.monotonic() + 300
            while entries(work) < wanted and running.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(CHANCE.random() / 10)
            if running.poll() is None:
                os.kill(running.pid, signal.SIGKILL)
            running.communicate()
            stored.append((time.time(), kept(work)))
            if (tmp_path / "killed" / "releases" / "one" / "1.0.0").exists():
                pytest.fail(f"the build was over after {kill} kills")
        done = frametrail("build", "one", "-c", settings, cwd=tmp_path / "killed")
        assert done.returncode == 0, done.stderr
        asked = read_log(log)[before:]

    release = Path("releases") / "one" / "1.0.0"
    assert contents(tmp_path / "killed" / release) == contents(whole / release)
    for killed_s, held in stored:
        assert not {entry.digest for entry in asked if entry.came_s > killed_s} & held
    assert {entry.digest for entry in asked} == set(asked_undisturbed)
    repeated = sum(count - 1 for count in Counter(entry.digest for entry in asked).values())
    during = sum(1 for (_, a), (_, b) in zip(stored, stored[1:], strict=False) if a != b)
    assert during >= 5, "the kills fell beside the calls"
    assert repeated <= 8 * KILLS
