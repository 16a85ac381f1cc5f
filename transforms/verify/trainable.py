"""What is left when malformed turns are dropped is a conversation that a model can learn."""

from schemas.errors import InputError
from schemas.trajectory import Verdict
from transforms.dialects.natives import ours_again
from transforms.dialects.registry import parse, said_in, spell
from transforms.dialects.said import visible
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
    calls = [ours_again(turn.call, case.dialect.tools) for turn in again if turn.call]
    if calls != [turn.call for turn in visible(case.trajectory) if turn.call]:
        lost = "under the model's names a call is another: write.dialect.tools gives two arguments of a tool one name"
        return filtered(NAME, "bad_rendering", lost)
    if len(rendered.images) != sum(content.count("<image>") for _, content in rendered.messages[1:]):
        return filtered(NAME, "bad_rendering", "there are not as many <image> as pictures")
    return accept(NAME, float(len(rendered.messages)))
