"""Whether a text denies what it names: `not 5`, `B is wrong`."""

from collections.abc import Iterable

from transforms.text import tokens

_DENIALS = (
    "not cannot neither nor except excluding excluded outside wrong incorrect false unlikely impossible eliminated"
    " isnt arent wasnt werent doesnt dont didnt cant wont wouldnt couldnt shouldnt hasnt havent aint"
)
_DENYING = frozenset(_DENIALS.split())


def denies(text: str) -> bool:
    """Whether any word of the text may turn it into its opposite, whatever that word belongs to."""
    return denying(tokens(text))


def denying(words: Iterable[str]) -> bool:
    """The same for words as `tokens` gives them."""
    return not _DENYING.isdisjoint(words)
