"""subtitle_zoom: what is said in a window. The text is what the deployed tool returns too."""

from pydantic import Field

from transforms.tools.base import Arguments, Face, Look, Observation, Tool, View, clock, window
from transforms.tools.scene import Scene, meets


class SubtitleZoom(Arguments):
    start_s: float = Field(description="Start of the window in seconds.")
    end_s: float = Field(description="End of the window in seconds.")


async def read(scene: Scene, args: SubtitleZoom) -> Observation:
    span = window(scene, args.start_s, args.end_s)
    said = [item for item in scene.speech if meets(item.span, span)]
    if not said:
        return Observation(f"Nothing is said from {span.start_s:.1f} s to {span.end_s:.1f} s.", (span,))
    rows = [f'{clock(item.span)} "{item.text}"' for item in said]
    text = "\n".join([f"Speech from {span.start_s:.1f} s to {span.end_s:.1f} s:", *rows])
    return Observation(text, (span,), tuple(item.id for item in said))


def look(observation: Observation, args: SubtitleZoom, view: View) -> Look:
    return Look(observation.text, observation.spans)


TOOL = Tool(
    SubtitleZoom,
    Face("subtitle_zoom", "Returns everything that is said between two times. Text on screen is not in it."),
    Face("subtitle_zoom", "Returns everything that is said between two times. Text on screen is not in it."),
    read,
    look,
)
