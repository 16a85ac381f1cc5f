"""What is left when malformed turns are dropped is a conversation that a model can learn."""

from collections.abc import Sequence

from schemas.errors import InputError
from schemas.trajectory import Verdict
from transforms.dialects.clocks import seconds_again
from transforms.dialects.natives import ours_again
from transforms.dialects.registry import parse, said_in, spell
from transforms.dialects.said import Said, visible
from transforms.verify.case import Case, accept, filtered

NAME = "trainable"


def check(case: Case) -> Verdict:
    try:
        said = said_in(case.trajectory, case.dialect)
        rendered = spell(said, case.trajectory, case.dialect)
        again = parse(rendered.messages, case.dialect)
    except InputError as error:
        return filtered(NAME, error.code, error.detail)
    if again != said:
        return filtered(NAME, "bad_rendering", "the rendered conversation does not read back as the record")
    if not _says_our_calls(again, case):
        lost = "under the model's names a call is another: write.dialect.tools gives two arguments of a tool one name"
        return filtered(NAME, "bad_rendering", lost)
    if len(rendered.images) != sum([content.count("<image>") for _, content in rendered.messages[1:]]):
        return filtered(NAME, "bad_rendering", "there are not as many <image> as pictures")
    return accept(NAME, float(len(rendered.messages)))


def _says_our_calls(said: Sequence[Said], case: Case) -> bool:
    """Whether the calls are those of the record, once they are under our names and in seconds again."""
    dialect = case.dialect
    if not dialect.tools and dialect.clock == "seconds":
        return True
    calls = [seconds_again(ours_again(turn.call, dialect.tools), dialect.clock) for turn in said if turn.call]
    return calls == [turn.call for turn in visible(case.trajectory) if turn.call]
