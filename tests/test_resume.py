"""The same bytes whatever the number of workers, and after a kill; and nothing finished is done again."""

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.builds import contents, frametrail, one_sample, start, told_samples
from tests.engines.chat_server import completion, serving

SECONDS = 8.0
"""Of a sample: something of everything happens in them."""

STEPS = ("scan", "ocr", "asr", "caption", "chat", "frame", "reread")


def entries(work: Path) -> dict[str, tuple[int, bytes]]:
    """Memo → time of writing and bytes, of every step that costs something."""
    return {
        path.relative_to(work).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for step in STEPS
        for path in sorted((work / "store" / step).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One worker, one go."""
    folder = tmp_path_factory.mktemp("undisturbed")
    settings = one_sample(folder, "soup.mp4", SECONDS)
    done = frametrail("build", "one", "-c", settings, "--workers", "1", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "releases" / "one" / "1.0.0"


def test_killed_and_resumed_with_two_workers(undisturbed: Path, tmp_path: Path) -> None:
    settings, work = one_sample(tmp_path, "soup.mp4", SECONDS), tmp_path / ".frametrail"
    running = start("build", "one", "-c", settings, "--workers", "2", cwd=tmp_path)
    deadline = time.monotonic() + 300
    while len(list((work / "store" / "frame").rglob("*"))) < 4:
        assert running.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert not (tmp_path / "releases" / "one" / "1.0.0").exists()
    before = entries(work)
    done = frametrail("build", "one", "-c", settings, "--workers", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = entries(work)
    assert {name: after.get(name) for name in before} == before
    resumed = tmp_path / "releases" / "one" / "1.0.0"
    assert contents(resumed) == contents(undisturbed)
    assert "sft/train-00000-of-00001.jsonl" in contents(resumed)
    stages = json.loads((resumed / "report.json").read_text())["stages"]
    assert stages["perceive"].get("scan_made", 0) == 0
    assert [path.name for path in resumed.parent.iterdir() if not path.name.startswith(".")] == ["1.0.0"]


def test_ctrl_c_while_a_teacher_thinks_says_that_the_same_command_resumes(tmp_path: Path) -> None:
    thinks = threading.Event()

    def think(request: dict[str, Any]) -> dict[str, Any]:
        thinks.set()
        time.sleep(120)
        return completion({"content": "too late"})

    with serving((200, think)) as server:
        teacher = f"{{type: openai, model: m, api_key_env: '', base_url: '{server.url}'}}"
        settings = told_samples(tmp_path, f"    explore: {{teacher: {teacher}}}\n", 20.0)
        running = start("build", "told", "-c", settings, cwd=tmp_path)
        assert thinks.wait(300)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=20)
    assert running.returncode == 3
    assert "the same command" in told
