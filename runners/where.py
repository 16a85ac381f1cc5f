"""Where pipelines run: in this process, unless a cluster does the work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Add = Callable[[Any], None]
"""Puts into a pipeline what there is to do."""


@dataclass(frozen=True, slots=True)
class Where:
    """`run` runs a pipeline to its end; `processes` is how many others do the work, at most, 0 when this one does.

    `words` tell a person who waits.
    """

    run: Callable[[Add], None]
    processes: int = 0
    words: str = ""


def run_here(add: Add, more: Sequence[str] = ()) -> None:
    """Runs a pipeline in this process; `more` are further options of Beam's.

    Raises:
        BudgetError: the run may not spend more.
    """
    import apache_beam as beam
    from apache_beam import typehints
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from transforms.engines.purse import PURSE

    # Our annotations name what is inside collections, for readers; Beam would warn of each that it cannot use.
    typehints.disable_type_annotations()
    options = PipelineOptions(["--direct_running_mode=in_memory", "--direct_num_workers=1", *more])
    try:
        with beam.Pipeline(runner=FnApiRunner(), options=options) as pipeline:
            add(pipeline)
    except Exception:
        # Beam tells of what ended a bundle in words alone.
        if PURSE.reached is not None:
            raise PURSE.reached from None
        raise


HERE = Where(run_here)
