"""How fast trajectories are verified: `python -m tests.bench_verify`.

The free verifiers over every trajectory of the built samples, on one core, in trajectories per second (goal: 2,000),
where nothing but what is made ready once for a video is known from before; and what opening pictures and reading text
costs the first time, and every time after it.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from schemas.trajectory import Verdict
from tests.faults.right import accepted, build_samples
from transforms import text
from transforms.engines.ocr import RapidOcr
from transforms.tools import windows
from transforms.verify import error_text, known
from transforms.verify.case import Case
from transforms.verify.registry import COSTLY, FREE

ROUNDS = 40
"""Of which the quickest counts: the speed of a shared machine varies twofold."""
REMEMBERED = (
    *(text.tokens, text._pieces, text._squash, text._edges, windows._arguments, windows._window, known.spaced),
    error_text._errors_in,
)
"""What is kept from one trajectory to the next: those of one round may share it, but rounds do not."""


def fresh(cases: Sequence[Case]) -> list[Case]:
    """The same cases with nothing worked out yet."""
    for remembered in REMEMBERED:
        remembered.cache_clear()
    return [replace(case) for case in cases]


def cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def run(checks: Sequence[Callable[[Case], Verdict]], cases: Sequence[Case]) -> None:
    for case in cases:
        for check in checks:
            check(case)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        build_samples(Path(folder))
        cases = list(accepted(Path(folder), RapidOcr()))
        free = [check for _, check in FREE]
        run(free, fresh(cases))  # what is made ready once for all trajectories of a video
        best = min(cpu_s(partial(run, free, fresh(cases))) for _ in range(ROUNDS))
        print(f"free     {len(cases)} trajectories, {len(free)} verifiers: {len(cases) / best:,.0f} per CPU second")
        for name, check in FREE:
            alone = min(cpu_s(partial(run, [check], fresh(cases))) for _ in range(ROUNDS))
            print(f"  {name:<12} {alone / len(cases) * 1e6:6.0f} us")
        frames = len({frame.sha256 for case in cases for frame in case.trajectory.frames})
        for name, check in COSTLY:
            spent = [cpu_s(partial(run, [check], fresh(cases))) for _ in range(2)]
            per = " and then ".join(f"{one / len(cases) * 1e3:.2f}" for one in spent)
            print(f"{name:<11} {per} ms a trajectory, of {frames} distinct frames")
        read = {key: n for case in cases[:1] for key, n in case.store.counts.items() if key[0] == "reread"}
        print(f"frames read by OCR in this run: {read.get(('reread', 'made'), 0)} of {frames}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
