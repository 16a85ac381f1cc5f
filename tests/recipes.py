"""Every recipe of the bundled datasets.yaml: its page in docs/recipes, and its rows of one small conversation.

`python -m tests.recipes` writes both anew, for review. All that a page says comes from the recipe's entry.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import prompts
from runners.settings_file import bundled_file, dataset_names, load_dataset_entry
from schemas.chat import Call
from schemas.codec import canonical
from schemas.settings import Dataset, Recipe
from schemas.span import Span
from schemas.trajectory import Frame, Trajectory, Turn
from tests.trajectories import INFO, question, rl_question, trajectory, video
from transforms.dialects.arguments import ordered
from transforms.dialects.clocks import FORMS
from transforms.dialects.registry import DIALECTS, tools_in
from transforms.store import Store
from transforms.tools.caption_zoom import frames_text
from transforms.tools.overview import duration_text
from transforms.tools.registry import SHOWING, grounded_tools_json
from transforms.write.rows import Row, rl_row, sft_row

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "recipes"
GOLDEN = ROOT / "tests" / "golden" / "recipes"

GIVEN: dict[str, Any] = {
    "start_s": 10.0,
    "end_s": 14.5,
    "fps": 2.0,
    "frames": 4,
    "detail": "fine",
    "t_s": 12.0,
    "top_k": 3,
    "x0": 0.1,
    "y0": 0.4,
    "x1": 0.5,
    "y1": 0.9,
    "path": "1,2",
    "query": "gate",
    "event": "a gate opens",
    "question": "What does the sign say?",
    "name": "guard",
    "frame": 300,
}
"""An argument of that name in the calls of a golden row."""


def recipes() -> Iterator[tuple[str, Dataset, Recipe]]:
    """Name, settings and recipe of every entry that has one."""
    for name in dataset_names(bundled_file()):
        settings = load_dataset_entry(name, bundled_file()).settings
        if settings.recipe is not None:
            yield name, settings, settings.recipe


def conversation(settings: Dataset, store: Store) -> Trajectory:
    """A question about a sign, with one call of every tool of an entry, in their order."""
    like = trajectory(store, video(1), question(0, video(1)))
    tools_json = grounded_tools_json(settings.explore.tools)
    opening = prompts.load("explore_system").fill(max_turns=str(settings.explore.max_turns))
    overview = f"{duration_text(like.video.duration_s)} {frames_text((10.0, 11.0))}"
    turns = [Turn("system", opening), replace(like.turns[1], look_text=overview)]
    for n, tool in enumerate(json.loads(tools_json)):
        arguments = {key: GIVEN[key] for key in tool["parameters"]["properties"]}
        shown = (2,) if tool["name"] in SHOWING else ()
        turns.append(
            Turn("assistant", "", f"Look number {n + 1}.", (Call(f"c{n}", tool["name"], canonical(arguments)),))
        )
        turns.append(
            Turn(
                "tool", call_id=f"c{n}", look_text=f"{tool['name']} tells.", spans=(Span(10.0, 14.5),), frame_refs=shown
            )
        )
    turns.append(Turn("assistant", "", "The sign is clear."))
    frames: tuple[Frame, ...] = like.frames[: 3 if any(turn.frame_refs == (2,) for turn in turns) else 2]
    return replace(like, turns=tuple(turns), frames=frames, tools_json=tools_json)


def rows(settings: Dataset, store: Store) -> dict[str, Row]:
    """The SFT row and the RL row of the conversation; pictures are named by their place."""
    talk, dialect = conversation(settings, store), settings.write.dialect
    asked = replace(rl_question(talk, 1), tools_json=talk.tools_json, system_text=talk.turns[0].text)
    made = {"sft": sft_row(talk, 0.5, dialect), "rl": rl_row(asked, 0, INFO, dialect)}
    for row in made.values():
        row["images"] = [f"picture {n}" for n in range(len(row["images"]))]
    return made


def golden(made: dict[str, Row]) -> str:
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def page(name: str, settings: Dataset, recipe: Recipe) -> str:
    """The page of a recipe, as Markdown."""
    listed = tools_in(grounded_tools_json(settings.explore.tools), settings.write.dialect)
    actions = DIALECTS[settings.write.dialect.spelling].actions
    tools = [_tool(tool, actions.get(tool["name"], tool["name"])) for tool in json.loads(listed)]
    paper = f"[arXiv {recipe.arxiv}](https://arxiv.org/abs/{recipe.arxiv})"
    code = f" · [code]({recipe.code})" if recipe.code else ""
    return "\n".join(
        [
            f"# {name}",
            "",
            f"The data of {recipe.paper} ({paper}{code}), made from your own videos:",
            "",
            "```yaml",
            "datasets:",
            "  mine:",
            f"    like: {name}",
            "    version: 1.0.0",
            "    source: {type: manifest, videos: videos.jsonl, questions: questions.jsonl}",
            "```",
            "",
            "## What the paper does",
            "",
            *(f"- {line}" for line in recipe.does),
            "",
            "## What is other here",
            "",
            *(f"- {line}" for line in recipe.differs),
            "",
            *_reinforcement(recipe),
            *_switches(recipe),
            "## What is not known",
            "",
            *(f"- {line}" for line in recipe.unknown),
            "",
            "## What only its rows have",
            "",
            f"{recipe.alone} A test holds the golden rows of all recipes against this (`tests/test_recipes.py`).",
            "",
            "## Tools, as its model knows them",
            "",
            "| tool | arguments | what the model is told |",
            "|---|---|---|",
            *tools,
            "",
            f"Spelling: `{settings.write.dialect.spelling}`{_clock(settings)} ([dialects](../dialects.md)).",
            "",
        ]
    )


def _switches(recipe: Recipe) -> list[str]:
    """The flaws of the published data that can be made again, each with its switch."""
    if not recipe.published:
        return []
    lines = [f"- {flaw}: `--set published.{switch}=true`" for switch, flaw in recipe.published.items()]
    more = "All are off unless they are asked for, and a release says which it has ([published](../published.md))."
    return ["## The published thing", "", *lines, "", more, ""]


def _reinforcement(recipe: Recipe) -> list[str]:
    return ["## Reinforcement", "", recipe.rl, ""] if recipe.rl else []


def _clock(settings: Dataset) -> str:
    clock = settings.write.dialect.clock
    return "" if clock == "seconds" else f", times as {FORMS[clock]}"


def _tool(tool: dict[str, Any], called: str) -> str:
    parameters = tool["parameters"]
    takes = ", ".join(f"`{key}`" for key in ordered(parameters["properties"], parameters["required"]))
    return f"| `{called}` | {takes} | {tool['description']} |"


def main() -> None:
    import tempfile

    PAGES.mkdir(parents=True, exist_ok=True)
    GOLDEN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, settings, recipe in recipes():
            (PAGES / f"{name}.md").write_text(page(name, settings, recipe), encoding="utf-8")
            (GOLDEN / f"{name}.json").write_text(golden(rows(settings, Store(folder))), encoding="utf-8")
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
