"""A plan before a build holds what the build then reports; a plan after it has nothing left to pay."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.audit import audit
from runners.cli import main
from tests.engines.chat_server import completion, serving
from tests.engines.planner_server import Teacher, teaching
from tests.engines.vision import text_of
from tests.media.clips import track, write
from transforms.write.tables import read_columns

WORDS = (
    ("The harbour opens at seven in the morning.", "Blue ropes belong to the rescue boat."),
    ("Add two spoons of salt to the soup.", "The onions must not turn brown."),
    ("Our lesson begins with the number nine.", "A prime number has no other divisor."),
)
"""What is said in each video, by its subtitles."""

CHOSEN = ("calls", "prompt_tokens", "completion_tokens", "usd")


@pytest.fixture(autouse=True)
def videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three videos of eight seconds with subtitles, each other bytes, in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("videos").mkdir()
    for n, (first, second) in enumerate(WORDS):
        write(Path(f"videos/v{n}.mp4"), track(40, fps=5, first_number=100 * n))
        cues = f"1\n00:00:01,000 --> 00:00:03,000\n{first}\n\n2\n00:00:04,500 --> 00:00:07,000\n{second}\n"
        Path(f"videos/v{n}.srt").write_text(cues, encoding="utf-8")


def settings(teacher: str, more: str = "") -> None:
    Path("datasets.yaml").write_text(
        "datasets:\n  tiny:\n    version: 1.0.0\n    source: {type: folder, path: videos}\n"
        "    perceive: {ocr: {type: none}, asr: {type: none}}\n    ask: {per_video: 4}\n"
        f"    explore: {{teacher: {teacher}{more}}}\n",
        encoding="utf-8",
    )


def served(teacher: Teacher, price: str = "price: {input: 2.0, output: 8.0, cached_input: 0.5}, ") -> None:
    settings(f"{{type: openai, model: m, {price}api_key_env: '', base_url: '{teacher.url}'}}")


def planned(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    before = _files()
    capsys.readouterr()
    assert main(["plan", "tiny", "--json", *words]) == 0
    assert _files() == before, "a plan writes nothing"
    plan: dict[str, Any] = json.loads(capsys.readouterr().out)
    return plan


def built(*words: str) -> tuple[Path, dict[str, Any]]:
    """The newest release, and the stages of its report."""
    assert main(["build", "tiny", "--workers", "2", *words]) == 0
    release = max(Path("releases/tiny").glob("1.0.0*"), key=lambda path: (path / "manifest.json").stat().st_mtime_ns)
    return release, json.loads((release / "report.json").read_text())["stages"]


def total(plan: dict[str, Any], unit: str) -> list[int]:
    (row,) = [row for row in plan["stages"] if row["unit"] == unit]
    return list(row["total"])


def assert_holds(plan: dict[str, Any], release: Path, stages: dict[str, Any]) -> None:
    clips = sum(map(len, read_columns(str(release), "timelines", ["clips"])["clips"]))
    for unit, n in (("videos", 3), ("clips", clips), ("questions", stages["ask"]["in"])):
        assert total(plan, unit)[0] <= n <= total(plan, unit)[1], unit
    assert total(plan, "rollouts")[0] <= stages["explore"]["in"] <= total(plan, "rollouts")[1]
    (model,) = plan["models"]
    paid = stages["explore"]["models"]["m"]
    for figure in CHOSEN:
        assert model[figure][0] <= paid[figure] <= model[figure][1], figure


@pytest.mark.heavy
def test_a_served_teacher(capsys: pytest.CaptureFixture[str]) -> None:
    with teaching() as teacher:
        served(teacher)
        fresh = planned(capsys)
        release, stages = built()
        told, usage = capsys.readouterr(), teacher.usage[:]
        after = planned(capsys)
        more = planned(capsys, "--set", "explore.rollouts=5")
        of_more, stages_of_more = built("--set", "explore.rollouts=5")
    assert fresh["models"][0]["estimated_from"] == "defaults"
    assert_holds(fresh, release, stages)
    assert fresh["models"][0]["calls"][0] < fresh["models"][0]["calls"][1]

    prompt, cached, completion = (
        sum(one[key] for one in usage) for key in ("prompt_tokens", "cached_tokens", "completion_tokens")
    )
    usd = ((prompt - cached) * 2.0 + cached * 0.5 + completion * 8.0) / 1e6
    paid = stages["explore"]["models"]["m"]
    price = {"input": 2.0, "output": 8.0, "cached_input": 0.5, "source": "datasets.yaml", "as_of": ""}
    assert paid == {
        "calls": len(usage),
        "failed": 0,
        "prompt_tokens": prompt,
        "cached_tokens": cached,
        "completion_tokens": completion,
        "seconds": paid["seconds"],
        "usd": pytest.approx(usd, abs=1.5e-6),
        "price": price,
    }
    assert stages["explore"]["rollouts"] == {
        "model": "m",
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "usd": round((prompt * 2.0 + completion * 8.0) / 1e6, 6),
        "price": price,
    }
    assert f"| m | {prompt:,} | {completion:,} | 0." in (release / "README.md").read_text()
    assert [finding for finding in audit(release) if not finding.ok] == []
    assert (
        f"  spent ${usd:.4f} on m in explore: {len(usage):,} calls, {prompt:,} prompt and {completion:,} reply tokens\n"
    ) in told.out
    assert f"m: 0 in flight, {len(usage)} answered, ${usd:.4f}\n" in told.err

    assert after["models"] == [
        {
            "stage": "explore",
            "model": "m",
            "address": teacher.url,
            "price": price,
            "calls_in_store": len(usage),
            "calls": [0, 0],
            "prompt_tokens": [0, 0],
            "completion_tokens": [0, 0],
            "usd": [0.0, 0.0],
            "estimated_from": "store",
        }
    ]
    assert all(row["total"] == [row["in_store"]] * 2 for row in after["stages"])
    assert after["usd"] == [0.0, 0.0]

    rollouts = stages["explore"]["in"]
    assert more["models"][0]["estimated_from"] == f"{rollouts} rollouts in the store"
    assert total(more, "rollouts") == [rollouts // 2 * 5] * 2
    assert_holds(more, of_more, stages_of_more)
    assert stages_of_more["explore"]["rollouts"]["prompt_tokens"] > prompt


def test_the_planner(capsys: pytest.CaptureFixture[str]) -> None:
    settings("{type: planner}")
    Path("videos/torn.mp4").write_bytes(b"not a video")
    Path("videos/v0-again.mp4").write_bytes(Path("videos/v0.mp4").read_bytes())
    fresh, sampled = planned(capsys), planned(capsys, "--sample", "4")
    assert (fresh["videos"], fresh["refused"]) == (4, {"unreadable": 1})
    release, stages = built()
    clips = sum(map(len, read_columns(str(release), "timelines", ["clips"])["clips"]))
    assert [row for row in sampled["stages"] if row["unit"] == "clips"] == [
        {
            "stage": "perceive",
            "unit": "clips",
            "total": [clips + 1] * 2,
            "in_store": 0,
            "estimated_from": "a sample of 4",
        }
    ]
    model = fresh["models"][0]
    assert model["calls"][0] <= stages["explore"]["chat_made"] <= model["calls"][1]
    assert (model["prompt_tokens"], model["usd"]) == ([0, 0], [0.0, 0.0])
    assert "Cost of the rollouts" not in (release / "README.md").read_text()
    after = planned(capsys)
    assert (after["videos"], after["refused"]) == (3, {"duplicate_video": 1, "unreadable": 1})
    assert (after["models"][0]["calls"], total(after, "clips")) == ([0, 0], [clips, clips])


def test_looks_of_an_inspector(capsys: pytest.CaptureFixture[str]) -> None:
    seen = {"evidence": "A number.", "answer": "nine", "confidence": 0.2, "missing": "the words"}
    with serving((200, completion({"content": json.dumps(seen)}))) as eyes:
        engine = f"{{type: openai, model: eyes, api_key_env: '', base_url: '{eyes.url}'}}"
        settings("{type: planner}", f", tools: [clip_retrieval, inspect], inspector: {{engine: {engine}}}")
        fresh = planned(capsys)["models"][1]
        built()
        after = planned(capsys)["models"]
    looks = len(eyes.requests)
    assert looks > 0
    for sent in eyes.requests:
        (said,) = re.findall(r"You see (\d+) frames? at (.*) s, from (.*) to (.*) s, in the order", text_of(sent))
        times = [float(time) for time in said[1].split(", ")]
        assert int(said[0]) == len(times) == len(set(times)) == 16, "not the few pictures that the scan kept"
        assert all(float(said[2]) - 0.05 <= time < float(said[3]) for time in times), said
    assert (fresh["model"], fresh["calls_in_store"], fresh["calls"][0]) == ("eyes", 0, 0)
    assert fresh["calls"][1] >= looks
    assert fresh["prompt_tokens"][1] >= 11 * looks
    assert (after[0]["calls"], after[1]["calls"], after[1]["usd"]) == ([0, 0], [0, 0], [0.0, 0.0])
    # What two rollouts ask alike is asked once, and counts for both.
    assert after[1]["calls_in_store"] >= looks


@pytest.mark.heavy
def test_what_is_left_of_a_build_that_was_cut_off(capsys: pytest.CaptureFixture[str]) -> None:
    with teaching(most=20) as teacher:
        served(teacher)
        assert main(["build", "tiny"]) == 1
        left = planned(capsys)
        teacher.most = 10**9
        release, stages = built()
    capsys.readouterr()
    assert main(["build", "tiny", "--out", "again"]) == 0
    assert left["models"][0]["calls_in_store"] == 20
    assert left["models"][0]["calls"][0] > 0
    assert stages["explore"]["models"]["m"]["calls"] == len(teacher.usage) - 20
    assert_holds(left, release, stages)

    assert "spent" not in capsys.readouterr().out, "all of it was in the store"
    again = Path("again/tiny/1.0.0")
    assert (again / "README.md").read_bytes() == (release / "README.md").read_bytes()
    explore = json.loads((again / "report.json").read_text())["stages"]["explore"]
    assert explore["rollouts"] == stages["explore"]["rollouts"]
    assert "models" not in explore


def test_an_unknown_price_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    settings("{type: openai, model: nobody-knows, api_key_env: '', base_url: 'https://models.example.org/v1'}")
    plan = planned(capsys)
    assert (plan["models"][0]["price"], plan["models"][0]["usd"], plan["usd"]) == (None, None, None)
    assert main(["plan", "tiny"]) == 0
    told = capsys.readouterr().out
    assert "nobody-knows at https://models.example.org/v1: unknown price\nleft to pay: unknown price\n" in told


def test_a_price_of_the_table_has_its_source_and_day(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    settings("{type: openai, model: gpt-4o}")
    plan = planned(capsys)
    price = plan["models"][0]["price"]
    assert price["source"].startswith("genai-prices ")
    assert price["as_of"] > "2026"
    assert plan["usd"][0] < plan["usd"][1]


def test_files_that_cannot_be_used_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    settings("{type: planner}")
    Path("videos/empty.mp4").write_bytes(b"")
    Path("videos/page.mp4").write_text("<!doctype html><html>not here</html>")
    plan = planned(capsys)
    assert (plan["videos"], plan["refused"]) == (3, {"unreadable": 2})
    assert plan["hours"] == pytest.approx(24 / 3600, abs=1e-4)


def test_a_limit_and_a_bad_name(capsys: pytest.CaptureFixture[str]) -> None:
    settings("{type: planner}")
    assert planned(capsys, "--limit", "2")["videos"] == 2
    assert main(["plan", "tinny"]) == 2
    assert "did you mean `tiny`" in capsys.readouterr().err


def test_a_release_that_is_there_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    settings("{type: planner}")
    assert planned(capsys)["notes"] == []
    release, _ = built()
    assert f"nothing to do: {release} is already built from the same settings and inputs" in planned(capsys)["notes"]
    assert planned(capsys, "--out", "elsewhere")["notes"] == []
    assert planned(capsys, "--set", "explore.rollouts=1")["notes"] == [], "a trial goes beside it"
    assert planned(capsys, "--limit", "2")["notes"] == []
    unsure = f"{release} is built; unless the source has changed since, there is nothing to do"
    assert unsure in planned(capsys, "--work", "another")["notes"]
    Path("videos/v2.mp4").unlink()
    taken(capsys, release, "inputs")
    settings("{type: planner}", ", rollouts: 1")
    taken(capsys, release, "settings and inputs")


def taken(capsys: pytest.CaptureFixture[str], release: Path, parts: str) -> None:
    """Plan and build say that the release was made from other parts, with one way out."""
    assert main(["plan", "tiny"]) == 2
    said = capsys.readouterr().out
    assert main(["build", "tiny"]) == 2
    refused = capsys.readouterr().err.strip()
    assert f"{release} was built from other {parts} (fingerprint" in refused
    assert f"\nnote: cannot build: {refused.partition(': ')[2]}\n" in said


def _files() -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_mtime_ns) for path in Path(".").rglob("*")}


def test_a_terminal_gets_whole_figures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    settings(
        "{type: openai, model: a-model-with-a-long-name-2026-11-28, api_key_env: '', base_url: 'http://localhost/v1'}"
    )
    assert main(["plan", "tiny"]) == 0
    drawn = capsys.readouterr().out
    assert "─" in drawn
    assert "…" not in drawn
    figures = {line.split("  ")[0].strip(): line.split()[-1] for line in drawn.splitlines() if "  " in line.strip()}
    assert (figures["calls left"], figures["US dollars"]) == ("0-216", "$0.00")
