"""Where stages tell how far they are. The terminal reads it; nothing in a row depends on it.

The local runner runs the pipeline in the process that shows the progress, so plain counters behind a lock are enough;
elsewhere nobody reads them.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

STAGES = ("read", "perceive", "ask", "explore", "ground", "verify", "curate", "write")


@dataclass
class Stage:
    """The counters of one stage.

    `total` is 0 while nobody knows it. `video_s` counts seconds of video, `parts` what is done inside a unit by name
    (screens read, chunks heard). `began` and `ended` are the monotonic times in seconds of the first and the last
    news of the stage, 0.0 while there is none; `earlier_s` are the seconds it was busy in earlier rounds.
    """

    total: int = 0
    done: int = 0
    rejected: int = 0
    video_s: float = 0.0
    began: float = 0.0
    ended: float = 0.0
    parts: Counter[str] = field(default_factory=Counter)
    earlier_s: float = 0.0

    @property
    def busy_s(self) -> float:
        """Seconds from the first to the last news, of all rounds together."""
        return self.earlier_s + max(0.0, self.ended - self.began)


_lock = threading.Lock()
_stages: dict[str, Stage] = {name: Stage() for name in STAGES}


_note = ""


def reset() -> None:
    global _note
    with _lock:
        _note = ""
        for name in STAGES:
            _stages[name] = Stage()


def again(note: str) -> None:
    """Another round begins, and `note` says which: all is counted anew, but for the seconds."""
    global _note
    with _lock:
        _note = note
        for name in STAGES:
            _stages[name] = Stage(earlier_s=_stages[name].busy_s)


def note() -> str:
    """What is being done, in words, where that is more than one round; else empty."""
    return _note


def expect(stage: str, count: int = 1) -> None:
    """`count` more units are on their way to the stage."""
    with _lock:
        row = _stages[stage]
        row.began = row.began or time.monotonic()
        row.total += count


def advance(stage: str, done: int = 1, rejected: int = 0, video_s: float = 0.0, part: str = "") -> None:
    """`done` units of the stage are finished, `rejected` of them turned away.

    With `part`, `done` counts pieces of a fan-out inside the stage and no unit of it.
    """
    with _lock:
        row = _stages[stage]
        row.ended = time.monotonic()
        row.began = row.began or row.ended
        if part:
            row.parts[part] += done
        else:
            row.done += done
        row.rejected += rejected
        row.video_s += video_s


def snapshot() -> dict[str, Stage]:
    """A copy of all counters, stages in the order of the data flow."""
    with _lock:
        return {
            name: Stage(s.total, s.done, s.rejected, s.video_s, s.began, s.ended, Counter(s.parts), s.earlier_s)
            for name, s in _stages.items()
        }
