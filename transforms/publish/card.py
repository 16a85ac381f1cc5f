"""The card of a repository: that of the release, which its audit has compared with its files, and what only a
published one has to tell.

The release's card is taken apart at its headings, so what it counts is counted once.
"""

import io
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from schemas.settings import Recipe
from transforms.publish.facts import Facts
from transforms.publish.files import Form, Repository

YIELD_PLOT, REJECTS_PLOT = "plots/yields.png", "plots/rejects.png"


def published_card(card: str, facts: Facts, repository: Repository, form: Form, load: str) -> str:
    """README.md of a repository. `card` is the release's own, `load` the section on how to load it."""
    header, intro, sections = take_apart(card)
    sections["How to load it"] = load
    sections.pop("The same in other forms", None)
    if form == "jsonl":
        sections["What is in this repository"] = _lines_table(repository)
    sections["Yields"] = f"{_yields(facts)}\n\n![Questions that ended in a row to train on, by kind]({YIELD_PLOT})"
    sections["Rejects by reason"] += f"\n\n![Rows that were turned away, by reason]({REJECTS_PLOT})"
    sections["Licences of the videos"] += _named(facts)
    sections["Known limits"] = _limits(facts)
    sections["Citation"] = citation(facts, repository)
    order = [
        "How to load it",
        *(name for name in sections if name not in _LAST and name != "How to load it"),
        *(name for name in _LAST if name in sections),
    ]
    here = f"This is version `{repository.tag}` of `{repository.id}`; `manifest.json` has the sha256 of every file."
    parts = [intro, here]
    parts += [f"## {name}\n\n{sections[name]}" for name in order]
    head = _header(header, facts, repository, form)
    return f"---\n{head}---\n\n" + "\n\n".join(parts) + "\n"


_LAST = (
    "Yields",
    "Counts per stage",
    "Cost of the rollouts",
    "Rejects by reason",
    "Held against benchmarks",
    "Licences of the videos",
    "Known limits",
    "Citation",
)


def take_apart(card: str) -> tuple[dict[str, Any], str, dict[str, str]]:
    """The YAML of a card's head, what stands before its first heading of the second level, and its sections by name."""
    _, head, text = card.split("---\n", 2)
    intro, *rest = re.split(r"^## ", text, flags=re.MULTILINE)
    sections = dict(part.split("\n", 1) for part in rest)
    return YAML(typ="safe").load(head), intro.strip(), {name: body.strip() for name, body in sections.items()}


def _header(header: Mapping[str, Any], facts: Facts, repository: Repository, form: Form) -> str:
    held = dict(header)
    held["tags"] = [*header["tags"], *(["not-for-training"] if facts.planner else [])]
    if form == "jsonl":
        held["configs"] = _lines_configs(repository)
    yaml, out = YAML(), io.StringIO()
    yaml.width = 4096
    yaml.dump(held, out)
    return out.getvalue()


def _lines_configs(repository: Repository) -> list[dict[str, Any]]:
    """A config for every folder with JSON lines in it, the conversations first."""
    folders = sorted({_folder(file.path) for file in repository.files if file.path.endswith(".jsonl") and file.rows})
    configs: list[dict[str, Any]] = []
    for folder in sorted(folders, key=lambda name: (name != "sft", name)):
        paths = [file.path for file in repository.files if file.path.startswith(f"{folder}/") and file.rows]
        splits = {path.split("/")[1].split("-")[0] for path in paths}
        files = [{"split": split, "path": f"{folder}/{split}-*.jsonl"} for split in sorted(splits, key=_train_first)]
        configs.append({"config_name": folder, "data_files": files})
    if configs:
        configs[0]["default"] = True
    return configs


def _train_first(split: str) -> tuple[bool, str]:
    return split != "train", split


def _lines_table(repository: Repository) -> str:
    lines = ["| folder | rows |", "| --- | --- |"]
    for config in _lines_configs(repository):
        folder = config["config_name"]
        lines.append(f"| `{folder}` | {sum(f.rows for f in repository.files if _folder(f.path) == folder)} |")
    return "\n".join(lines)


def _folder(path: str) -> str:
    return path.split("/")[0]


def _yields(facts: Facts) -> str:
    lines = ["| kind of question | asked, with a checked answer | with a row to train on | yield |", "| --- " * 4 + "|"]
    rows = [(kind, asked, facts.solved.get(kind, 0)) for kind, asked in sorted(facts.asked.items())]
    rows.append(("all", sum(facts.asked.values()), sum(facts.solved.values())))
    for kind, asked, solved in rows:
        lines.append(f"| {kind} | {asked} | {solved} | {f'{solved / asked:.0%}' if asked else ''} |")
    return "\n".join(lines)


def _named(facts: Facts) -> str:
    if not facts.licences.get("", 0):
        return ""
    return f"\n\nWhere the source names none, those who published this answer for it: {facts.licence}."


def _limits(facts: Facts) -> str:
    limits = [
        "Nobody has looked at every row: what was checked is what the verifiers named in `trajectories` measure, by the"
        " thresholds in `config.yaml`.",
        "Text on screen, speech and captions were read by the engines listed above, with their errors. A text that was"
        " missed cannot have been asked about, and an answer that was wrongly read can be wrong with a good score.",
        "Of which kinds the questions are, `Splits and kinds` says; what no kind asks for is not taught.",
        "Frames are JPEG, scaled down to the pixels that `config.yaml` allows. The videos are not here: `video_uri` and"
        " `video_sha256` say which they were.",
        "What people in the videos say and show was neither made anonymous nor filtered.",
    ]
    if facts.planner:
        limits.insert(
            0,
            "**Not for training**: the teacher is a set of rules to check the machinery; its thoughts are templates.",
        )
    if not facts.benchmarks:
        limits.append("It was not held against any benchmark: videos or questions of one may be in it.")
    if facts.recipe:
        limits += [f"Other than in the paper that it follows: {what}" for what in facts.recipe.differs]
    return "\n".join(f"- {limit}" for limit in limits)


def citation(facts: Facts, repository: Repository) -> str:
    """What to cite: the release, and the paper whose design it follows, where it follows one."""
    parts = [_bibtex(f"{facts.dataset}-{facts.version}", _release(facts, repository))]
    if facts.recipe:
        parts.append("The design of this dataset is that of:")
        parts.append(_bibtex(f"arxiv-{facts.recipe.arxiv}", _paper(facts.recipe)))
    return "\n\n".join(parts)


def cite(facts: Facts, repository: Repository) -> str:
    """The same in one line, for machines."""
    return f"{repository.id} {repository.tag}" + (f", after arXiv:{facts.recipe.arxiv}" if facts.recipe else "")


def _release(facts: Facts, repository: Repository) -> dict[str, str]:
    return {
        "title": facts.dataset,
        "version": facts.version,
        "howpublished": f"https://huggingface.co/datasets/{repository.id}/tree/{repository.tag}",
        "note": "Made with frametrail",
    }


def _paper(recipe: Recipe) -> dict[str, str]:
    more = {"url": recipe.code} if recipe.code else {}
    return {"title": recipe.paper, "eprint": recipe.arxiv, "archivePrefix": "arXiv", **more}


def _bibtex(key: str, fields: Mapping[str, str]) -> str:
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"```bibtex\n@misc{{{key},\n{body}\n}}\n```"
