"""frametrail doctor"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from runners.commands.arguments import add_config, add_overrides

if TYPE_CHECKING:
    from schemas.settings import ChatModel, Dataset
    from transforms.engines.doctor import Finding

_Engine = TypeVar("_Engine")

NAME = "doctor"
SUMMARY = "try out every engine that a dataset names"
DESCRIPTION = """\
Tries out the engines of one dataset, or of all: installed, weights found, key present, reachable, and one tiny call of
each kind that a build makes. A hosted model is asked two or three questions of a few words; nothing is kept. Keys are
never shown.
"""
EXAMPLES = """\
examples:
  frametrail doctor                   every entry of the settings file; an engine that several name is tried once
  frametrail doctor mine
  frametrail doctor mine --set explore.teacher.tool_calls=json

exit codes: 0 all of them work, 1 some don't, 2 bad settings
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", metavar="NAME", nargs="*", help="datasets whose engines to try (default: all)")
    add_config(parser)
    add_overrides(parser)


def run(args: argparse.Namespace) -> int:
    from runners.settings_file import dataset_names, load_dataset_entry

    tried: dict[str, list[Finding]] = {}
    for name in args.names or dataset_names(args.config):
        settings = load_dataset_entry(name, args.config, args.overrides).settings
        print(name)
        for job, engine, trial in trials(settings):
            if engine not in tried:
                tried[engine] = trial()
                for finding in tried[engine]:
                    print(f"  {job:<10} {'ok ' if finding.works else 'NO '} {engine.split(' ')[0]}: {finding.told}")
            else:
                works = all(finding.works for finding in tried[engine])
                print(f"  {job:<10} {'ok ' if works else 'NO '} {engine.split(' ')[0]}: as above")
    return 0 if all(finding.works for findings in tried.values() for finding in findings) else 1


def trials(settings: "Dataset") -> "list[tuple[str, str, Callable[[], list[Finding]]]]":
    """(what for, which engine, how to try it) for each engine of a dataset; the same engine has the same words."""
    from schemas.errors import EngineError
    from schemas.settings import Bm25Settings, ChatCaptions, NoAsr, NoOcr, Served
    from transforms.engines import build
    from transforms.engines.doctor import (
        Finding,
        try_asr,
        try_ocr,
        try_reader,
        try_teacher,
        try_vectors,
        try_viewer,
        try_web,
    )

    def told(trial: Callable[[], list[Finding]]) -> Callable[[], list[Finding]]:
        """What keeps an engine from being made (a package, weights, a key) is a finding too."""

        def tried() -> list[Finding]:
            try:
                return trial()
            except EngineError as error:
                return [Finding(False, error.detail)]

        return tried

    found: list[tuple[str, str, Callable[[], list[Finding]]]] = []
    ocr, asr, captions = settings.perceive.ocr, settings.perceive.asr, settings.perceive.captions
    teacher = settings.explore.teacher
    if not isinstance(ocr, NoOcr):
        found.append(("text", f"{ocr.type} {ocr}", told(lambda: [try_ocr(_there(build.ocr(ocr)))])))
    if not isinstance(asr, NoAsr):
        found.append(("speech", f"{asr.type} {asr}", told(lambda: [try_asr(_there(build.asr(asr)))])))
    if isinstance(captions, ChatCaptions):
        viewer = captions.engine
        found.append(("captions", f"{viewer.type} seeing {viewer}", told(lambda: asyncio.run(try_viewer(viewer)))))
    if isinstance(teacher, Served):
        found.append(("teacher", f"{teacher.type} {teacher}", told(lambda: asyncio.run(try_teacher(teacher)))))
    else:
        rules = [Finding(True, "rules, which need nothing; its rows are not for training")]
        found.append(("teacher", teacher.type, lambda: rules))
    for job, examiner in settings.verify.models().items():
        # Whoever judges reads text alone; whoever answers is shown frames.
        trying = try_reader if job == "judge" else try_viewer
        tried = told(partial(_answered, trying, examiner))
        found.append((job, f"{examiner.type} {'reading' if job == 'judge' else 'seeing'} {examiner}", tried))
    inspector = settings.explore.inspector
    if inspector is not None:
        eyes = inspector.engine
        found.append(("inspector", f"{eyes.type} seeing {eyes}", told(lambda: asyncio.run(try_viewer(eyes)))))
    retrieval = settings.explore.retrieval
    if not isinstance(retrieval, Bm25Settings):
        model = retrieval
        found.append(("retrieval", f"{model.type} {model}", told(lambda: [asyncio.run(try_vectors(model))])))
    web = settings.explore.web_search
    if web is not None:
        found.append(("web", f"{web.type} {web}", told(lambda: [asyncio.run(try_web(web))])))
    return found


def _answered(trial: "Callable[[ChatModel], Awaitable[list[Finding]]]", model: "ChatModel") -> "list[Finding]":
    async def answered() -> "list[Finding]":
        return await trial(model)

    return asyncio.run(answered())


def _there(engine: _Engine | None) -> _Engine:
    assert engine is not None, "the settings name one"
    return engine
