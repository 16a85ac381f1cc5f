"""Asks about the samples and the planted video, and checks by their truth what was accepted: `python -m tests.planted
[FOLDER]`; `make truth` writes the table to docs/truth. In a FOLDER the work is kept for the next time."""

import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import ROOT
from tests.planted.sources import PER_VIDEO, planted, samples
from tests.planted.table import flaws, markdown, tabulate

PAGE = ROOT / "docs" / "truth" / "yield.md"
HEAD = f"""\
# Yield, and whether it is true

Written by `make truth`. The samples are asked as the demo asks them; the planted video (`tests/planted/`, ten minutes
drawn by script: near-twins, texts and sentences that come twice, cards of two seconds to two minutes, cuts, dissolves,
fades, a black stretch) is asked up to {PER_VIDEO} questions. The teacher is the planner, OCR and speech recognition are
the defaults.

A rollout is accepted when no verifier was against it. Of every accepted one is checked, by what was drawn and spoken
and by the frame numbers in the pixels: that its answer is right; that each text on screen that is its evidence is there
in a frame it shows of that very stretch; that where it is asked from when to when a text is there, frames at most a
second apart show it come, and go; that each phrase that is its evidence was told to it and is spoken then. Each must
hold in all cases. `misheard` phrases are quoted with a wrong word, or without one; the answers are right none the less.
`lost` are the codes of the rollouts that were not accepted; docs/truth.md says what they mean.
"""


def main(folder: Path) -> int:
    tables = []
    for name, make in (("samples", samples), ("planted", planted)):
        began = time.monotonic()
        source = make(folder / name)
        built = time.monotonic()
        tables.append(tabulate(source))
        print(f"{name}: built in {built - began:.0f} s, checked in {time.monotonic() - built:.0f} s", file=sys.stderr)
    page = "\n\n".join([HEAD.strip(), *map(markdown, tables)])
    print(page)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(f"{page}\n", encoding="utf-8")
    found = flaws(tables)
    print("\n".join(found), file=sys.stderr)
    return 0 if not found and all(any(row.accepted for row in table.rows) for table in tables) else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(Path(folder)))
