"""The answer is not called a guess: a right one that was only guessed teaches guessing.

English phrases only, and only in the turn that answers: doubts on the way are how one comes to look again.
"""

import re

from schemas.trajectory import Verdict
from transforms.text import may_hold
from transforms.verify.case import Case, accept, filtered

NAME = "guess"

_GUESS = re.compile(
    r"\b(?:(?:best|educated|random|wild) guess|i(?:'ll| will| have to| must| can only)? guess|i(?:'m| am) guessing"
    r"|(?:just|only) guess(?:ing|ed)|i guessed|no (?:clear |real |direct |conclusive )?evidence"
    r"|(?:could(?: not|n't)|can(?:not| not|'t)) be (?:found|determined|confirmed|verified)"
    r"|i (?:could(?: not|n't)|can(?:not| not|'t)) (?:find|determine|confirm|verify))\b",
    re.IGNORECASE,
)


# One of these stands in all that the expression finds; to look for them first takes a tenth of the time.
_TELLING = ("guess", "evidence", "could", "can")


def check(case: Case) -> Verdict:
    said = case.thoughts[-1].replace("’", "'")
    found = _GUESS.search(said) if may_hold(_TELLING, said) else None
    if found and not case.quotable(found[0]):
        return filtered(NAME, "guessed", f"the answer is called a guess: {found.group(0)!r}")
    return accept(NAME, None, "nothing is called a guess")
