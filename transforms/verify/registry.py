"""The verifiers, free ones first. A new verifier is a small file and one line here."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from schemas.errors import EngineError, InputError
from schemas.trajectory import Trajectory, Verdict
from transforms.verify import (
    answer,
    answerer,
    consistent,
    ends,
    ends_read,
    error_text,
    evidence,
    focus,
    foresight,
    form,
    frames,
    guess,
    last_window,
    length,
    need,
    other_words,
    pictures,
    repeats,
    rubric,
    said_times,
    screen_text,
    shown,
    speech_text,
    sufficient,
    thoughts,
    times,
    trainable,
    visible,
    windows,
    words,
)
from transforms.verify.case import Case, failed
from transforms.verify.exam import Examiners

Verifier = tuple[str, Callable[[Case], Verdict]]
Examiner = tuple[str, Callable[[Case, Examiners], Awaitable[Verdict]]]

_FREE = (
    form,
    trainable,
    length,
    error_text,
    answer,
    shown,
    evidence,
    focus,
    last_window,
    windows,
    repeats,
    ends,
    times,
    said_times,
    foresight,
    thoughts,
    words,
    guess,
    speech_text,
    frames,
)
FREE: tuple[Verifier, ...] = tuple((module.NAME, module.check) for module in _FREE)
COSTLY: tuple[Verifier, ...] = tuple((module.NAME, module.check) for module in (pictures, screen_text, ends_read))
"""They open pictures, and read text in them."""


ASKED: tuple[Examiner, ...] = tuple(
    (module.NAME, module.check) for module in (other_words, sufficient, answerer, visible, need, consistent, rubric)
)
"""They ask models, each only where the entry names one."""


def verify(case: Case) -> Trajectory:
    """The trajectory with the verdicts of all that asks no model. It pays for costly verifiers only while it is alive.

    The status is that of the first verdict that does not accept; a verifier that breaks is a failure with its code.
    """
    first, *rest = FREE
    verdicts = [_run(first, case)]
    if verdicts[0].outcome != "fail":
        # Of a record that is malformed nothing else can be said.
        verdicts += [_run(verifier, case) for verifier in rest]
    for verifier in COSTLY:
        if all(verdict.outcome == "accept" or verdict.verifier in case.pardoned for verdict in verdicts):
            verdicts.append(_run(verifier, case))
    return _with(case.trajectory, verdicts)


async def examine(case: Case, examiners: Examiners) -> Trajectory:
    """The trajectory, alive so far, with the verdicts of those who ask models; the first that is against it ends it.

    Raises:
        EngineError: a model cannot be asked now; whether the trajectory is good is not known.
    """
    verdicts = list(case.trajectory.verdicts)
    for name, check in ASKED:
        if all(verdict.outcome == "accept" for verdict in verdicts):
            try:
                verdicts.append(await check(case, examiners))
            except (EngineError, InputError) as error:
                verdicts.append(_broken(name, error))
    return _with(case.trajectory, verdicts)


def _with(trajectory: Trajectory, verdicts: list[Verdict]) -> Trajectory:
    against = next((verdict for verdict in verdicts if verdict.outcome != "accept"), None)
    return replace(
        trajectory,
        verdicts=tuple(verdicts),
        status=against.outcome if against else "accept",
        code=against.code if against else "",
    )


def _run(verifier: Verifier, case: Case) -> Verdict:
    name, check = verifier
    try:
        return check(case)
    except (EngineError, InputError) as error:
        return _broken(name, error)


def _broken(name: str, error: EngineError | InputError) -> Verdict:
    """The verdict that a lasting error makes; others go on up."""
    if isinstance(error, EngineError) and error.transient:
        raise error
    return failed(name, error.code, error.detail)
