"""Prints which frames are exact on which file, and writes docs/truth/frames.md: `python -m tests.exactness`.

The exit code is 1 when anything that the project gives is wrong.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.exactness.check import check
from tests.exactness.odd import every
from tests.exactness.page import PAGE, page


def main() -> int:
    # Its encoder tells its settings otherwise.
    os.environ.setdefault("SVT_LOG", "1")
    with tempfile.TemporaryDirectory() as folder:
        results = [check(case, Path(folder), seek=True) for case in every()]
    text = page(results)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    wrong = [result.case.name for result in results if not result.exact]
    for name in wrong:
        print(f"WRONG: {name}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
