"""A build whose verifiers ask a model on loopback: what it is asked, what it costs, and what becomes of an outage."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.audit import audit
from tests.builds import frametrail_here, one_sample
from tests.engines.chat_server import serving
from tests.engines.vision import fields, text_of
from tests.faults.examiner import examiner


def engine(url: str) -> dict[str, Any]:
    price = {"input": 2.0, "output": 8.0}
    return {"type": "openai", "model": "reader", "base_url": url, "api_key_env": "", "price": price}


def overrides(url: str) -> list[str]:
    model = json.dumps(engine(url))
    chosen = {
        "ask.templates": "[screen_text]",
        "ask.per_video": "4",
        "verify.need": f"{{engine: {model}, without: [question, options], tries: 2}}",
        "verify.answerer": f"{{engine: {model}}}",
        "verify.judge": f"{{engine: {model}}}",
    }
    return [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]


def build(config: Path, folder: Path, url: str, *words: str) -> Any:
    where = ("--out", folder / "out", "--work", folder / "work")
    return frametrail_here("build", "one", "-c", config, *where, *overrides(url), *words)


def stages(folder: Path) -> dict[str, Any]:
    (report,) = (folder / "out" / "one").glob("*/report.json")
    found: dict[str, Any] = json.loads(report.read_text())["stages"]
    return found


@pytest.mark.heavy
def test_verifiers_that_ask_a_model(tmp_path: Path) -> None:
    config = one_sample(tmp_path, "lesson.mp4", 22.0)
    with serving((200, examiner)) as server:
        planned = frametrail_here(
            "plan", "one", "-c", config, "--json", "--work", tmp_path / "work", *overrides(server.url)
        )
        assert planned.returncode == 0, planned.stderr
        bills = [bill for bill in json.loads(planned.stdout)["models"] if bill["stage"] == "verify"]
        built = build(config, tmp_path, server.url)
        assert built.returncode == 0, built.stderr
        asked = list(server.requests)

        told = stages(tmp_path)["verify"]
        (release,) = (path.parent for path in (tmp_path / "out" / "one").glob("*/manifest.json"))
        assert [finding.detail for finding in audit(release) if not finding.ok] == []
        rows = pl.read_parquet(release / "trajectories" / "*.parquet").to_dicts()
        names = ["other_words", "sufficient", "answerer", "visible", "need", "consistent", "rubric"]
        accepted = [row for row in rows if row["status"] == "accept" or row["code"] == "not_best"]
        assert accepted
        for row in accepted:
            assert [verdict["verifier"] for verdict in row["verdicts"]][-7:] == names
        # Nobody who only answers is told the reasoning, the evidence or the right answer.
        for body in asked:
            if fields(body) == {"reasoning", "answer"}:
                assert not any(word in text_of(body) for word in ("ASSISTANT", "Right answer", "RIGHT ANSWER"))
        (model,) = told["models"]
        assert (told["models"][model]["calls"], told["models"][model]["failed"]) == (len(asked), 0)
        assert len(bills) == 3
        assert 0 < len(asked) <= sum(bill["calls"][1] for bill in bills)
        assert told["models"][model]["usd"] <= sum(bill["usd"][1] for bill in bills)

        again = build(config, tmp_path, server.url)
        assert (again.returncode, len(server.requests)) == (0, len(asked))


@pytest.mark.heavy
def test_an_outage_is_a_failure_and_no_verdict(tmp_path: Path) -> None:
    config = one_sample(tmp_path, "lesson.mp4", 22.0)
    with serving((400, {"error": {"message": "no", "type": "invalid_request_error"}})) as server:
        built = build(config, tmp_path, server.url)
        assert built.returncode == 1, built.stderr
        (release,) = (tmp_path / "out" / "one").glob("*.failed")
        stages = json.loads((release / "report.json").read_text())["stages"]
        told, questions = stages["verify"], stages["ask"]["out"]
        # Whether the questions can be answered blind is not known, so they are nothing to train on either.
        assert stages["write"]["filtered"] == {"not_tried_blind": questions}
        assert told["out"] == 0
        assert set(told["failed"]) == {"bad_request"}
        assert not any(code.startswith("answerable") for code in told["filtered"])
