"""A tiny launcher: runs a command and ends it, with all that it started, as soon as standard input ends.

Whoever started this holds the other end of the pipe. However that process ends, SIGKILL included, the system closes the
pipe, and so no server is left behind. It uses the standard library alone, so that it starts in milliseconds.

    python -I tether.py COMMAND [ARGUMENT …]
"""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress

GRACE_S = 5.0
"""Seconds between the polite signal and the one that nothing survives."""
_LOOK_S = 0.2


def main(command: list[str]) -> int:
    """The command's exit code; that of a shell when it cannot be run (127) or was ended by a signal (128 + number)."""
    try:
        # A group of its own: what the command starts is ended with it, and this launcher is not.
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        while child.poll() is None:
            if select.select([0], [], [], _LOOK_S)[0] and not os.read(0, 1):
                break
    finally:
        _end(child)
    code = child.wait()
    return 128 - code if code < 0 else code


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Ends the group, whether the command itself is still there or only what it started."""
    _signal(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(_LOOK_S / 10)
    _signal(child.pid, signal.SIGKILL)


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))
