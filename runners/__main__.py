"""`python -m runners` is `frametrail`. Nothing else lives here: what stands in `__main__` does not reach a worker."""

import sys

from runners.cli import main

if __name__ == "__main__":
    sys.exit(main())
