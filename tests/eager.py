"""Runs one transform on plain values and gives plain lists back, on the runner that local builds use."""

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from transforms.concurrent import Outcome

_results: dict[int, list[Any]] = {}


class _Collect(beam.DoFn):
    def __init__(self, slot: int) -> None:
        self._slot = slot

    def process(self, element: Any) -> None:
        _results[self._slot].append(element)


def run(build: Any, *inputs: Iterable[Any], repeat: int = 1, called: bool = False) -> tuple[list[Any], ...]:
    """`build` gets one PCollection per input and returns a PCollection or several; each comes back as a list.

    What a stage called is among them only with `called`. With `repeat` above 1 every bundle is played that often, as a
    runner that retries may do.
    """
    options = PipelineOptions(["--direct_running_mode=in_memory", f"--direct_runner_bundle_repeat={repeat - 1}"])
    first = len(_results)
    with beam.Pipeline(runner=FnApiRunner(), options=options) as pipeline:
        given = [pipeline | f"Create{n}" >> beam.Create(list(values)) for n, values in enumerate(inputs)]
        outputs = build(*given)
        if isinstance(outputs, Outcome):
            outputs = outputs[: 3 if called else 2]
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        for n, output in enumerate(outputs):
            _results[first + n] = []
            output | f"Collect{n}" >> beam.ParDo(_Collect(first + n))
    return tuple(_results[first + n] for n in range(len(outputs)))
