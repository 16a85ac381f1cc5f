"""`ask`: questions made from the timeline."""

from typing import Literal, get_args

from pydantic import Field, field_validator

from schemas.settings.base import Settings, unique

Template = Literal["screen_text", "speech", "order", "count", "when", "two_hop"]
QUESTION_TEMPLATES: tuple[Template, ...] = get_args(Template)


class Ask(Settings):
    """Questions made from the timeline, besides the given ones."""

    templates: tuple[Template, ...] = Field(
        default=QUESTION_TEMPLATES, description="Which kinds of questions to make; [] makes none."
    )
    per_video: int = Field(default=24, ge=0, description="At most this many made questions per video.")

    _templates_once = field_validator("templates")(unique)
