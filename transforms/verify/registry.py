"""The verifiers, free ones first. A new verifier is a small file and one line here."""

from collections.abc import Callable
from dataclasses import replace

from schemas.errors import EngineError, InputError
from schemas.trajectory import Trajectory, Verdict
from transforms.verify import (
    answer,
    evidence,
    form,
    frames,
    guess,
    repeats,
    screen_text,
    shown,
    speech_text,
    times,
    trainable,
    words,
)
from transforms.verify.case import Case, failed

Verifier = tuple[str, Callable[[Case], Verdict]]

_FREE = (form, trainable, answer, shown, evidence, times, repeats, words, guess, speech_text, frames)
FREE: tuple[Verifier, ...] = tuple((module.NAME, module.check) for module in _FREE)
COSTLY: tuple[Verifier, ...] = ((screen_text.NAME, screen_text.check),)


def verify(case: Case) -> Trajectory:
    """The trajectory with every verdict. It pays for costly verifiers only while it is alive.

    The status is that of the first verdict that does not accept; a verifier that breaks is a failure with its code.
    """
    verdicts = [_run(verifier, case) for verifier in FREE]
    for verifier in COSTLY:
        if all(verdict.outcome == "accept" for verdict in verdicts):
            verdicts.append(_run(verifier, case))
    against = next((verdict for verdict in verdicts if verdict.outcome != "accept"), None)
    return replace(
        case.trajectory,
        verdicts=tuple(verdicts),
        status=against.outcome if against else "accept",
        code=against.code if against else "",
    )


def _run(verifier: Verifier, case: Case) -> Verdict:
    name, check = verifier
    try:
        return check(case)
    except EngineError as error:
        if error.transient:
            raise
        return failed(name, error.code, error.detail)
    except InputError as error:
        return failed(name, error.code, error.detail)
