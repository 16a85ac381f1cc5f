"""Times as HH:MM:SS or MM:SS, where a model says them so; records keep seconds.

A fraction of a second stands where there is one, so that every time comes back exactly: 3725.5 s are 01:02:05.5, or
62:05.5. What tools say is rewritten only where it is our own words; what a voice, a screen or a helper says stays.
"""

import json
import re
from decimal import Decimal
from functools import partial
from typing import Any

from schemas.codec import canonical
from schemas.settings import Clock
from transforms.dialects.arguments import arguments_of
from transforms.dialects.said import Said, untrainable
from transforms.dialects.strings import Call

FORMS: dict[Clock, str] = {"hms": "HH:MM:SS", "ms": "MM:SS"}

_SPELLED: dict[Clock, re.Pattern[str]] = {
    "hms": re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d(?:\.\d*[1-9])?)"),
    "ms": re.compile(r"()(\d{2,}):([0-5]\d(?:\.\d*[1-9])?)"),
}
_TIME = r"\d+\.\d+"
_WINDOW = rf"\[{_TIME}-{_TIME}\]"
_FRAMES = rf"\d+ frames? at {_TIME}(?:, {_TIME})* s\b"
_OURS = re.compile(
    rf"^(?:[\d,]+ )?{_WINDOW}"
    rf"|^(?:From|Speech from|Nothing is said from|Caption of [\d,]+, from) {_TIME} s to {_TIME} s"
    rf"|^The video lasts {_TIME} s\.(?: {_FRAMES})?|^{_FRAMES}"
    r"|^Frame \d+, of frames 0 to \d+, is displayed from [\d.]+ s to [\d.]+ s"
    rf"|: {_WINDOW}(?: {_WINDOW})*(?: and \d+ more)?$",
    re.MULTILINE,
)
"""Where tools tell times, line by line; see `transforms/tools/`."""
_TOLD = re.compile(r"(\d+(?:\.\d+)?) s\b|(\d+\.\d+)")
_PROMPT = "All times are seconds from"
"""What the teacher's prompt says of times, which rows repeat."""


def spelled(time_s: float, clock: Clock) -> str:
    """A time on a clock.

    Raises:
        ValueError: it lies before the video.
    """
    exact = Decimal(repr(float(time_s)))
    if exact < 0:
        raise ValueError(f"{time_s} s is no time of a video")
    whole, fraction = divmod(exact, 1)
    minutes, seconds = divmod(int(whole), 60)
    parts = (*divmod(minutes, 60), seconds) if clock == "hms" else (minutes, seconds)
    rest = f"{fraction:f}".partition(".")[2].rstrip("0")
    return ":".join(f"{part:02d}" for part in parts) + (f".{rest}" if rest else "")


def seconds(text: str, clock: Clock) -> float:
    """The time that a clock shows: `seconds(spelled(t, clock), clock) == t`.

    Raises:
        ValueError: it is spelled otherwise.
    """
    found = _SPELLED[clock].fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time as {FORMS[clock]}")
    return float(int(found[1] or 0) * 3600 + int(found[2]) * 60 + Decimal(found[3]))


def on_clock(said: tuple[Said, ...], clock: Clock) -> tuple[Said, ...]:
    """What is said with its times on a clock: tools, arguments, and what tools and the overview say.

    Raises:
        InputError: `untrainable_turn`, a call has a time that lies before the video.
    """
    return said if clock == "seconds" else tuple(_turn_on(turn, clock) for turn in said)


def _turn_on(said: Said, clock: Clock) -> Said:
    return said._replace(
        tools_json=tools_on(said.tools_json, clock) if said.tools_json else "",
        call=_call_on(said.call, clock) if said.call else None,
        text=told_on(said.text, clock) if said.role == "tool" else said.text,
    )


def told_on(text: str, clock: Clock) -> str:
    """What a tool, the overview or the prompt says, with our own times on a clock."""
    if clock == "seconds":
        return text
    told = _OURS.sub(lambda found: _TOLD.sub(partial(_again, clock=clock), found[0]), text)
    return told.replace(_PROMPT, f"All times are {FORMS[clock]} from")


def _again(found: re.Match[str], clock: Clock) -> str:
    return spelled(float(found[1] or found[2]), clock)


def tools_on(tools_json: str, clock: Clock) -> str:
    """Tools (a canonical JSON list) that take times on a clock, and say so."""
    if clock == "seconds":
        return tools_json
    return canonical([_tool_on(tool, clock) for tool in json.loads(tools_json)])


def _tool_on(tool: dict[str, Any], clock: Clock) -> dict[str, Any]:
    parameters = tool["parameters"]
    properties = {
        name: _schema_on(schema, clock) if is_time(name) else schema
        for name, schema in parameters["properties"].items()
    }
    return {
        "name": tool["name"],
        "description": _said_on(tool["description"], clock),
        "parameters": parameters | {"properties": properties},
    }


def _schema_on(schema: dict[str, Any], clock: Clock) -> dict[str, Any]:
    told = {"description": _said_on(schema["description"], clock)} if "description" in schema else {}
    return schema | {"type": "string"} | told


def _said_on(description: str, clock: Clock) -> str:
    return description.replace("in seconds", f"as {FORMS[clock]}")


def is_time(argument: str) -> bool:
    """Whether an argument, by our own name, is a time of the video in seconds."""
    return argument.endswith("_s")


def _call_on(call: Call, clock: Clock) -> Call:
    try:
        arguments = {
            key: spelled(value, clock) if is_time(key) else value for key, value in arguments_of(call[1]).items()
        }
    except (ValueError, TypeError) as why:
        raise untrainable(f"a call has no time for a clock: {why}") from None
    return call[0], canonical(arguments)


def seconds_again(call: Call, clock: Clock) -> Call:
    """A call under our names with its times in seconds, from one on a clock.

    Raises:
        ValueError: a time is spelled otherwise.
    """
    if clock == "seconds":
        return call
    arguments = {key: seconds(value, clock) if is_time(key) else value for key, value in arguments_of(call[1]).items()}
    return call[0], canonical(arguments)
