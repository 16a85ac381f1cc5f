"""Prints which verifier catches which kind of fault, and writes it to docs/truth: `python -m tests.faults [FOLDER]`.

What is built stays in the folder where one is named, so that the next run has less to do.
"""

import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from tests.conftest import ROOT
from tests.faults.kinds import FREE
from tests.faults.right import accepted, build_samples
from tests.faults.table import markdown, tabulate
from transforms.engines.ocr import RapidOcr

PAGE = ROOT / "docs" / "truth" / "faults.md"
HEAD = """\
# Planted faults

Written by `make truth`. Every accepted trajectory of the samples is taken as it is, and again with one fault planted,
up to ten times for each kind. `caught` counts the verifier that is meant for the kind; others may be against it for
reasons of their own. A false alarm is a verifier that is against an untouched trajectory. The kinds are in
`tests/faults/kinds.py`; those of crops and of an inspector's looks, which the samples do not have, are in
`kinds_looks.py` and tested on a drawn video; those that take a model to catch are in `kinds_asked.py`, and tested with
a double that reads the pictures.

"""


def main() -> int:
    with nullcontext(sys.argv[1]) if sys.argv[1:] else tempfile.TemporaryDirectory() as folder:
        build_samples(Path(folder))
        rows, untouched, alarms = tabulate(FREE, accepted(Path(folder), RapidOcr()), most=10)
    table = markdown(rows, untouched, alarms)
    print(table)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(f"{HEAD}{table}\n", encoding="utf-8")
    return 0 if not alarms and all(0 < row.planted == row.caught for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
