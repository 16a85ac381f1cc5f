"""`write.dialect`: how conversations are spelled for the model that is trained."""

import re
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.names import SPELLINGS, TOOLS
from schemas.settings.base import Settings, unique
from schemas.settings.names import Spelling

GROUNDED_TOOLS: tuple[str, ...] = tuple(sorted({name for name in TOOLS.values() if name}))
"""Tools as rows have them: the name of a tool's grounded face."""

Clock = Literal["seconds", "hms", "ms"]


class NativeTool(Settings):
    """What a model calls one of the tools; what is empty stays ours."""

    name: str = Field(default="", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$", description="Name of the tool.")
    description: str = Field(default="", description="What the model is told of it.")
    arguments: dict[str, str] = Field(default={}, description="Our name of an argument: the model's.")
    window_in: str = Field(
        default="",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$",
        exclude_if=lambda value: not value,
        description="Name of a list that holds start and end of the window, as one object: `spans` (VideoSEAL).",
    )
    video_in: str = Field(
        default="",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$",
        exclude_if=lambda value: not value,
        description="Name of an argument that holds the uri of the video, which is told first: `video_path` (LongVT).",
    )

    @field_validator("arguments")
    @classmethod
    def _one_name_each(cls, value: dict[str, str]) -> dict[str, str]:
        unique(tuple(value.values()))
        for name in value.values():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise ValueError(f"{name!r} cannot be the name of an argument: use letters, digits and _")
        return value


class Dialect(Settings):
    """How conversations are spelled for the model that is trained on them; see docs/dialects.md."""

    spelling: Spelling = Field(
        default="hermes",
        description="`hermes`: calls as JSON in <tool_call> tags (Qwen2.5, Qwen3, Qwen3-VL); `hermes_result`: results"
        " in <tool_result> tags; `hermes_final`: the answer in <final> tags; `hermes_clips`: arguments as a list;"
        " `qwen_xml`: calls as <function> and <parameter> (Qwen3.5, Qwen3.6); `video_zoom`, `grounding`,"
        " `caption_tree`, `agents`: tags of their own for the tools they know.",
    )
    tools: dict[str, NativeTool] = Field(default={}, description="What the model calls our tools, where not as we do.")
    clock: Clock = Field(
        default="seconds",
        exclude_if=lambda value: value == "seconds",
        description="How times are said in calls, and in what tools say: as `seconds`, HH:MM:SS (`hms`; VideoSEAL) or"
        " MM:SS (`ms`), with a fraction where there is one.",
    )

    @field_validator("clock")
    @classmethod
    def _has_words_for_it(cls, value: Clock, info: ValidationInfo) -> Clock:
        spelling = info.data.get("spelling")
        if value != "seconds" and SPELLINGS.get(spelling or ""):
            raise ValueError(f"the spelling {spelling} says times as seconds alone; leave the clock out")
        return value

    @field_validator("tools")
    @classmethod
    def _actions_have_their_own(cls, value: dict[str, NativeTool], info: ValidationInfo) -> dict[str, NativeTool]:
        spelling = info.data.get("spelling")
        named = [name for name, tool in value.items() if tool.name or tool.arguments or tool.window_in or tool.video_in]
        if SPELLINGS.get(spelling or "") and named:
            raise ValueError(
                f"the spelling {spelling} has words of its own for {named[0]}: leave out its name and arguments, and"
                " give a description at most"
            )
        return value

    @field_validator("tools")
    @classmethod
    def _ours(cls, value: dict[str, NativeTool]) -> dict[str, NativeTool]:
        unknown = sorted(set(value) - set(GROUNDED_TOOLS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of the tools in rows: {', '.join(GROUNDED_TOOLS)}")
        named = tuple(value[name].name or name if name in value else name for name in GROUNDED_TOOLS)
        unique(named)
        for tool in value.values():
            unique((*tool.arguments.values(), *filter(None, (tool.window_in, tool.video_in))))
        return value


DEFAULT_DIALECT = Dialect()
