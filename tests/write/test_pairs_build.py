"""A build whose teacher is right in some rollouts of a question and wrong in others gives pairs."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.audit import audit
from tests.builds import frametrail_here, told_samples
from tests.engines.chat_server import serving
from tests.engines.planner_server import completion_of, request_of
from tests.trajectories import read_lines
from transforms.engines.chat_planner import reply

_ANSWER = re.compile(r"<answer>.*</answer>", re.DOTALL)


def half_wrong(body: dict[str, Any]) -> dict[str, Any]:
    """What the planner says; with an odd seed, a word that is never right for an answer."""
    said = reply(request_of(body))
    wrong = _ANSWER.sub("<answer>nowhere</answer>", said.text)
    return completion_of(replace(said, text=wrong) if body["seed"] % 2 else said, body)


@pytest.mark.heavy
def test_a_pair_comes_out_of_a_build(tmp_path: Path) -> None:
    with serving((200, half_wrong)) as server:
        teacher = f"{{type: openai, model: m, base_url: '{server.url}', api_key_env: ''}}"
        settings = told_samples(
            tmp_path,
            f"    explore: {{teacher: {teacher}, rollouts: 4}}\n    ask: {{per_video: 4, templates: [speech]}}\n"
            "    write: {exports: [pairs]}\n",
        )
        built = frametrail_here(
            *("build", "told", "-c", settings, "--limit", "1", "--out", tmp_path / "out", "--work", tmp_path / "work")
        )
    assert built.returncode == 0, built.stderr
    (manifest,) = (tmp_path / "out").rglob("manifest.json")
    release = manifest.parent
    assert [finding.detail for finding in audit(release) if not finding.ok] == []
    pairs: list[dict[str, Any]] = [row for path in (release / "pairs").glob("*.jsonl") for row in read_lines(path)]
    assert pairs
    for pair in pairs:
        assert [message["role"] for message in pair["prompt"]][:2] == ["system", "user"]
        assert pair["id"][:-3] == pair["rejected_id"][:-3] and pair["id"] != pair["rejected_id"]
        assert pair["chosen"] != pair["rejected"] and {one["role"] for one in pair["chosen"]} == {"assistant"}
        assert "nowhere" not in json.dumps(pair["chosen"])
