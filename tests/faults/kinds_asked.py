"""Kinds of faults that only a model can catch, each planted into a right trajectory."""

from dataclasses import replace

from tests.faults.kinds import Kind, blurred, read_here
from tests.faults.tools import asked, redrawn, say, turn
from transforms.answers import ask_form
from transforms.text import contains
from transforms.verify.case import Case

PENALTY = "the words came out of thin air"


def named_in_the_question(case: Case) -> Case:
    """The question holds its own answer."""
    question = case.trajectory.question
    return _asked_anew(asked(case, text=f"{question.text} (It is {question.answer}.)"))


def the_longest_choice(case: Case) -> Case:
    """Only the right choice is spelled out."""
    question = case.trajectory.question
    choices = tuple(text if text == question.answer else text.split()[0] for text in question.choices)
    return _asked_anew(asked(case, choices=choices))


def in_the_overview(case: Case) -> Case:
    """The overview shows what the question is about."""
    shown = read_here(case)
    assert shown is not None
    picture = case.store.blob(case.trajectory.frames[shown[0]].sha256)
    return redrawn(case, list(case.trajectory.turns[1].frame_refs), lambda jpeg: picture)


def another_reason(case: Case) -> Case:
    """The right answer, after thoughts that speak for another one."""
    question = case.trajectory.question
    other = next(text for text in question.choices if text != question.answer)
    return turn(case, len(case.trajectory.turns) - 1, reasoning=f"All of it points to {other}.")


def blurred_evidence(case: Case) -> Case:
    """The caption told it, and the frames do not show it; no text is known that OCR could look for."""
    shown = read_here(case)
    assert shown is not None
    blind = redrawn(case, shown, blurred)
    pieces = tuple(replace(one, text="") for one in blind.trajectory.question.evidence)
    return asked(blind, evidence=pieces)


def penalty(case: Case) -> Case:
    return say(case, f"Then {PENALTY}.")


def _asked_anew(case: Case) -> Case:
    """The case with the question put again as it reads now."""
    question = case.trajectory.question
    assert contains(case.trajectory.turns[1].text, question.text.split(" (", 1)[0])
    return turn(case, 1, text=ask_form(question))


ASKED: tuple[Kind, ...] = (
    Kind("answerable from the question alone", "need", named_in_the_question),
    Kind("answerable from its options alone", "need", the_longest_choice),
    Kind("answerable from the overview", "need", in_the_overview),
    Kind("right answer for a wrong reason", "consistent", another_reason),
    Kind("the frames do not show the evidence", "visible", blurred_evidence),
    Kind("the frames do not lead to the answer", "answerer", blurred_evidence),
    Kind("the evidence is not enough", "sufficient", blurred_evidence),
    Kind("a fault that a rubric names", "rubric", penalty),
)
