"""Spoken evidence is in the speech that the conversation was told."""

from schemas.trajectory import Verdict
from transforms.text import contains
from transforms.verify.case import Case, accept, filtered

NAME = "speech_text"


def check(case: Case) -> Verdict:
    spoken = [piece for piece in case.trajectory.question.evidence if piece.modality == "speech" and piece.text]
    if not spoken:
        return accept(NAME, None, "no spoken evidence to look for")
    told = told_speech(case)
    for piece in spoken:
        if not contains(told, piece.text):
            return filtered(NAME, "speech_not_told", f"no observation holds the words {piece.text!r}", 0.0)
    return accept(NAME, 1.0)


def told_speech(case: Case) -> str:
    """The speech in what the tools say, line by line in its order, without the words that tools put around it."""
    told = "\n".join(turn.look_text for turn in case.looks)
    ids = {id for turn in case.looks for id in turn.item_ids if id in case.known.speech}
    items = sorted((case.known.speech[id] for id in ids), key=lambda item: item.span)
    return "\n".join(item.text for item in items if item.text in told)
