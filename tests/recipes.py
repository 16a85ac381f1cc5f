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
from transforms.tools.registry import INSPECTING, SHOWING, TOOLS, grounded_tools_json
from transforms.write.exports.base import Source
from transforms.write.exports.clips import Shown, windows
from transforms.write.exports.pairs import WRONG
from transforms.write.exports.registry import EXPORTS
from transforms.write.rows import Row, agent_name, rl_row, sft_row

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
    """A question about a sign, with one call of every tool of an entry, in their order; two of an only one, so that
    there are rounds before the last two."""
    like = trajectory(store, video(1), question(0, video(1)))
    tools_json = grounded_tools_json(settings.explore.tools)
    opening = prompts.load("explore_system").fill(max_turns=str(settings.explore.max_turns))
    overview = f"{duration_text(like.video.duration_s)} {frames_text((10.0, 11.0))}"
    turns = [Turn("system", opening), replace(like.turns[1], look_text=overview)]
    tools = json.loads(tools_json)
    for n, tool in enumerate(tools * 2 if len(tools) == 1 else tools):
        given = GIVEN | ({"start_s": 12.0} if n == len(tools) else {})
        arguments = {key: given[key] for key in tool["parameters"]["properties"]}
        shown = (2,) if tool["name"] in SHOWING else ()
        turns.append(
            Turn("assistant", "", f"Look number {n + 1}.", (Call(f"c{n}", tool["name"], canonical(arguments)),))
        )
        told = frames_text((12.0,)) if shown else "It tells what it found."
        spans = (Span(given["start_s"], 14.5),)
        turns.append(Turn("tool", call_id=f"c{n}", look_text=told, spans=spans, frame_refs=shown))
    turns.append(Turn("assistant", "", "The sign is clear."))
    frames: tuple[Frame, ...] = like.frames[: 3 if any(turn.frame_refs == (2,) for turn in turns) else 2]
    return replace(like, turns=tuple(turns), frames=frames, tools_json=tools_json)


def rows(settings: Dataset, store: Store) -> dict[str, Row]:
    """The SFT row, the RL row and the export rows of the conversation; pictures are named by their place."""
    talk, dialect = conversation(settings, store), settings.write.dialect
    asked = replace(rl_question(talk, 1), tools_json=talk.tools_json, system_text=talk.turns[0].text)
    made = {"sft": sft_row(talk, 0.5, dialect), "rl": rl_row(asked, 0, INFO, dialect)}
    sources: dict[Source, Any] = {
        "trajectory": talk,
        "solved": talk,
        "cut": Shown(talk, dict.fromkeys(windows(talk), ("c" * 64, 9))),
        "question": made["rl"],
        "rollouts": (talk, _missing(talk)),
    }
    for name in settings.write.exports:
        if EXPORTS[name].source in sources:
            exported = EXPORTS[name].rows(sources[EXPORTS[name].source], settings.write)
            made |= {f"{name} {n}": row for n, row in enumerate(exported)}
    for row in made.values():
        if "images" in row:
            row["images"] = [f"picture {n}" for n in range(len(row["images"]))]
    return made


def _missing(talk: Trajectory) -> Trajectory:
    """The same conversation with a first look at the wrong place, and a wrong answer."""
    turns = list(talk.turns)
    (call,) = turns[2].calls
    elsewhere = canonical(json.loads(call.arguments_json) | {"start_s": 40.0, "end_s": 44.5})
    turns[2] = replace(turns[2], calls=(replace(call, arguments_json=elsewhere),))
    turns[3] = replace(
        turns[3], look_text=frames_text((42.0,)), spans=(Span(40.0, 44.5),), frame_refs=(len(talk.frames),)
    )
    frames = (*talk.frames, replace(talk.frames[-1], pts_s=42.0))
    id = f"{talk.id}-wrong"
    wrong = replace(talk, id=id, turns=tuple(turns), frames=frames, verdicts=())
    return replace(wrong, status="filter", code=WRONG, answer="A", right=False)


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
            "    ask: {per_video: 0}  # your questions alone; without it more are made",
            "    explore:",
            '      teacher: {type: openai, model: my-model, base_url: "http://localhost:8000/v1"}',
            "```",
            "",
            _yours(settings),
            "",
            "## What the paper does",
            "",
            *(f"- {line}" for line in recipe.does),
            "",
            "## What is other here",
            "",
            *(f"- {line}" for line in recipe.differs),
            "",
            *_reinforcement(settings, recipe),
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


def _yours(settings: Dataset) -> str:
    """What a recipe leaves to whoever takes it over, as no model is named for them."""
    looks = {TOOLS[name].grounded.name for name in settings.explore.tools} & INSPECTING
    inspector = " `explore.inspector` is who looks; without one the words of a window are told." if looks else ""
    return (
        "A recipe names no model. Without a teacher the rule-based `planner` explores, whose rows only check the"
        " machinery (`for_training` is false). Name a vision model in `perceive.captions`, too: without one, captions"
        " tell what can be measured, and a teacher finds little more than texts and speech"
        f" ([captions](../captions.md)).{inspector}"
    )


def _switches(recipe: Recipe) -> list[str]:
    """The flaws of the published data that can be made again, each with its switch."""
    if not recipe.published:
        return []
    lines = [f"- {flaw}: `--set published.{switch}=true`" for switch, flaw in recipe.published.items()]
    more = "All are off unless they are asked for, and a release says which it has ([published](../published.md))."
    return ["## The published thing", "", *lines, "", more, ""]


def _reinforcement(settings: Dataset, recipe: Recipe) -> list[str]:
    loop = agent_name(settings.write.dialect)
    why = "[why](../trainers.md#whose-loop-runs-the-tools)"
    own = f"Rows of `rl/` name the agent loop `{loop}`, which is yours to register ({why})."
    said = [recipe.rl] * bool(recipe.rl) + [own] * (loop != "tool_agent")
    return ["## Reinforcement", "", " ".join(said), ""] if said else []


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
