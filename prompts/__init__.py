"""Prompts as files: one per prompt, with a header that says what it is for.

---
purpose: one sentence
inputs: name, name        what `fill` must be given; the text holds {{name}} for each
output: what comes back
---
the text
"""

import functools
import re
from dataclasses import dataclass
from importlib.resources import files

from schemas.codec import sha256


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's text and the digest of the whole file, which is part of every memo it feeds."""

    name: str
    purpose: str
    inputs: tuple[str, ...]
    output: str
    text: str
    digest: str

    def fill(self, **values: str) -> str:
        """The text with its inputs put in.

        Raises:
            KeyError: an input is missing or not one of the prompt's.
        """
        if set(values) != set(self.inputs):
            raise KeyError(f"prompt {self.name} takes {', '.join(self.inputs) or 'no inputs'}, not {', '.join(values)}")
        return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match.group(1)], self.text)


@functools.cache
def load(name: str) -> Prompt:
    """The prompt in `prompts/<name>.md`.

    Raises:
        FileNotFoundError: there is no such prompt.
        ValueError: its header is not of the form above, or its text and its inputs do not agree.
    """
    raw = files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    match = re.fullmatch(r"---\n(.*?)\n---\n(.*)", raw, re.DOTALL)
    if match is None:
        raise ValueError(f"prompt {name} has no header between two lines of ---")
    header = dict(line.split(": ", 1) for line in match.group(1).splitlines() if ": " in line)
    inputs = tuple(part.strip() for part in header.get("inputs", "").split(",") if part.strip())
    text = match.group(2).strip()
    if set(re.findall(r"\{\{(\w+)\}\}", text)) != set(inputs):
        raise ValueError(f"prompt {name}: the header's inputs and the text's {{{{…}}}} differ")
    return Prompt(name, header.get("purpose", ""), inputs, header.get("output", ""), text, sha256(raw.encode()))


def names() -> tuple[str, ...]:
    return tuple(sorted(p.name.removesuffix(".md") for p in files("prompts").iterdir() if p.name.endswith(".md")))
