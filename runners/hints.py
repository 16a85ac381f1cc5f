"""What steps ask of a machine, for a runner that chooses machines by the step: Dataflow's right fitting.

Locally nothing of this is applied. On Dataflow every set of hints becomes an environment, and so a pool of machines, of
its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.clusters import Gpu
from schemas.settings import Dataset, NoAsr, NoOcr, VllmSettings

if TYPE_CHECKING:
    import apache_beam as beam

BASE_GB = 2.0
"""A worker that has loaded no engine: Beam and our code take 0.3 GB, the service's own processes up to 1 GB."""

OCR_GB = 1.0
"""RapidOCR takes 0.54 GB for four screens of 640x360 at once; larger pictures take more."""

ASR_GB = 0.5
"""Whisper tiny.en, int8, takes 0.34 GB for four chunks of 28 s at once."""

PIECE_GB = 0.25
"""Each piece of work at once: a decoder with its frames, or a screen that is read."""


SENSES = ("Scan/Scan", "Perceive/ReadScreens", "Perceive/HearSpeech", "Perceive/Assemble")
"""The steps that load both OCR and speech recognition: to read and hear, or to name them in the keys of memos."""

REREADS = ("Verify/Verify",)
"""The step that reads frames again."""


@dataclass(frozen=True, slots=True)
class Needs:
    """At least `ram_gb` of memory in a machine, and so many GPUs."""

    ram_gb: float = 0.0
    gpus: int = 0


def needs(settings: Dataset, at_once: int) -> dict[str, Needs]:
    """What the steps of the pipeline need, by their labels; `at_once` are the pieces of work at once on a machine."""
    perceive, explore = settings.perceive, settings.explore
    ocr = 0.0 if isinstance(perceive.ocr, NoOcr) else OCR_GB
    asr = 0.0 if isinstance(perceive.asr, NoAsr) else ASR_GB
    # One figure for all of them: other figures would be other pools of machines, each with engines of its own.
    senses = Needs(BASE_GB + ocr + asr + PIECE_GB * at_once)
    found = {step: senses for step in SENSES if ocr or asr} | {step: senses for step in REREADS if ocr}
    captioner = getattr(perceive.captions, "engine", None)
    models: dict[str, list[object]] = {
        "Perceive/CaptionClips": [captioner],
        "Perceive/SumUp": [captioner],
        "Explore/RollOut": [captioner, explore.teacher, getattr(explore.inspector, "engine", None)],
        "Verify/Examine": list(settings.verify.models().values()),
    }
    gpus = {step: _gpus(asked) for step, asked in models.items()}
    return found | {step: Needs(gpus=count) for step, count in gpus.items() if count}


def _gpus(models: Iterable[object]) -> int:
    return max((model.tensor_parallel_size for model in models if isinstance(model, VllmSettings)), default=0)


def give_hints(pipeline: "beam.Pipeline", wanted: dict[str, Needs], gpu: Gpu | None) -> None:
    """Puts the hints on the steps of a pipeline that is built.

    Raises:
        KeyError: there is no such step.
    """
    from apache_beam.pipeline import AppliedPTransform, PipelineVisitor
    from apache_beam.transforms.resources import merge_resource_hints, parse_resource_hints

    found = set()

    class Give(PipelineVisitor):
        def visit_transform(self, node: AppliedPTransform) -> None:
            for step, asked in wanted.items():
                if node.full_label.startswith(f"{step}/"):
                    found.add(step)
                    hints = parse_resource_hints(as_hints(asked, gpu))
                    node.resource_hints = merge_resource_hints(node.resource_hints, hints)

    pipeline.visit(Give())
    if missing := set(wanted) - found:
        raise KeyError(f"no step is called {', '.join(sorted(missing))}")


def as_hints(asked: Needs, gpu: Gpu | None) -> dict[str, str]:
    """The hints as Beam and Dataflow spell them."""
    hints = {"min_ram": f"{asked.ram_gb:g}GB"} if asked.ram_gb else {}
    if asked.gpus and gpu is not None:
        machine = f"machine_type:{gpu.machine_type};" if gpu.machine_type else ""
        hints["accelerator"] = f"type:{gpu.type};count:{asked.gpus};{machine}install-nvidia-driver"
    return hints
