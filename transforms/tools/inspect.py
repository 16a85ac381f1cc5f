"""inspect: somebody who sees the video looks at a window for a question. The text is what the deployed tool returns.

Where an entry names no model for it, what is written on screen and said in the window is told instead.
"""

from pydantic import Field

from schemas.span import Span
from transforms.tools.base import Arguments, BadCall, Face, Look, Observation, Tool, View, clock_within, window
from transforms.tools.scene import Scene, lines_in, meets

UNSURE = "Search more: "
"""What is told begins so where nobody is sure of an answer: to have looked there is no evidence yet."""

MOST_ASKED = 500
"""Characters of a question: what is longer is a text of its own."""


class Inspect(Arguments):
    start_s: float = Field(description="Start of the window in seconds.")
    end_s: float = Field(description="End of the window in seconds.")
    question: str = Field(description="What to find out there.")


async def read(scene: Scene, args: Inspect) -> Observation:
    return await inspected(scene, window(scene, args.start_s, args.end_s), args.question)


async def inspected(scene: Scene, span: Span, question: str) -> Observation:
    """What is told of a window.

    Raises:
        BadCall: nothing is asked, or too much. EngineError: the model that looks cannot be asked.
    """
    if not 0 < len(question.strip()) <= MOST_ASKED:
        raise BadCall(f"Ask a question of 1 to {MOST_ASKED} characters.")
    if scene.inspector is None:
        return _by_timeline(scene, span)
    heading = f"From {span.start_s:.1f} s to {span.end_s:.1f} s:"
    return Observation(f"{heading}\n{await scene.inspector(span, question)}", (span,))


def _by_timeline(scene: Scene, span: Span) -> Observation:
    lines = lines_in(scene.timeline, span)
    speech = [item for item in scene.speech if meets(item.span, span)]
    rows = [(x.span, f'{clock_within(x.span, span)} text on screen: "{x.text}"') for x in lines]
    rows += [(x.span, f'{clock_within(x.span, span)} said: "{x.text}"') for x in speech]
    body = [row for _, row in sorted(rows, key=lambda pair: max(pair[0].start_s, span.start_s))]
    heading = f"From {span.start_s:.1f} s to {span.end_s:.1f} s:"
    text = "\n".join([heading, *(body or [f"{UNSURE}nothing is written or said here."])])
    return Observation(text, (span,), tuple([x.id for x in lines] + [x.id for x in speech]))


def is_sure(told: str) -> bool:
    """Whether a look found what it was for. Its verdict is the line after the heading; quoted text stands in brackets
    and quotes, and is no verdict."""
    return not any(line.startswith(UNSURE) for line in told.split("\n")[1:2])


def look(observation: Observation, args: Inspect, view: View) -> Look:
    return Look(observation.text, observation.spans)


_FACE = Face("inspect", "Looks at the video between two times for a question, and tells what is found there.")
TOOL = Tool(Inspect, _FACE, _FACE, read, look, inspects=True)
