"""A build with a teacher that has to be paid: a budget that ends it, a key that shows up nowhere."""

from collections import Counter
from pathlib import Path

import pytest

from tests.builds import frametrail, frametrail_here, one_sample, told_samples
from tests.engines.api_double import api_double, read_log

CANARY = "canary-4711-not-a-key"


def test_a_budget_ends_the_build_and_more_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of the double costs $0.12: 100 tokens in, 20 out, at a dollar for a thousand."""
    monkeypatch.setenv("PAID_KEY", CANARY)
    log = tmp_path / "log"
    with api_double("planner", log) as url:
        teacher = (
            f"{{type: openai, model: m, base_url: '{url}', api_key_env: PAID_KEY,"
            " price: {input: 1000, output: 1000}, limits: {in_flight: 4}}"
        )
        entry = f"    ask: {{per_video: 8}}\n    explore: {{rollouts: 2, max_tokens: 64, teacher: {teacher}}}\n"
        command = ("build", "told", "-c", told_samples(tmp_path / "job", entry, 30.0), "--limit", "1")

        stopped = frametrail(*command, "--budget", "15", cwd=tmp_path / "job")
        assert stopped.returncode == 3, stopped.stderr
        assert "of the budget of $15 are spent" in stopped.stderr
        assert "the same command goes on, with a --budget anew" in stopped.stderr
        assert [path.name for path in (tmp_path / "job" / "releases" / "told").glob("1*")] == []
        paid = len(read_log(log))
        assert 0 < paid * 0.12 <= 15

        done = frametrail(*command, "--budget", "100", cwd=tmp_path / "job")
        assert done.returncode == 0, done.stderr
    answered = Counter(entry.digest for entry in read_log(log))
    assert len(answered) > paid
    assert set(answered.values()) == {1}
    held = [path for path in (tmp_path / "job").rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(held) > 50
    assert [path for path in held if CANARY.encode() in path.read_bytes()] == []
    assert CANARY not in stopped.stdout + stopped.stderr + done.stdout + done.stderr


def test_a_budget_without_a_price_is_refused(tmp_path: Path) -> None:
    settings = one_sample(tmp_path, "soup.mp4")
    teacher = "{type: openai, model: nobody-knows-it, base_url: 'https://api.example.com/v1', api_key_env: ''}"
    settings.write_text(
        settings.read_text(encoding="utf-8") + f"    explore: {{teacher: {teacher}}}\n", encoding="utf-8"
    )
    refused = frametrail_here("build", "one", "-c", settings, "--budget", "15", cwd=tmp_path)
    assert refused.returncode == 2
    assert "none is known of nobody-knows-it" in refused.stderr
    assert "under explore.teacher in datasets.yaml" in refused.stderr


@pytest.mark.parametrize("amount", ["0", "-1", "much", "nan", "inf"])
def test_a_budget_is_an_amount(amount: str, tmp_path: Path) -> None:
    refused = frametrail_here("build", "demo", "--budget", amount, cwd=tmp_path)
    assert refused.returncode == 2
    assert "--budget" in refused.stderr
