"""`ground`: the frames that rows show."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.settings.base import Settings


class Ground(Settings):
    """The visual budget when text becomes frames."""

    decoder: Literal["pyav", "decord"] = Field(
        default="pyav", description="`decord` jumps to the frames, and refuses files on which it is not exact."
    )
    overview_frames: int = Field(default=8, ge=1, le=64, description="Frames of the overview over the whole video.")
    frames_per_call: int = Field(default=8, ge=1, le=64, description="Frames of one zoom in time.")
    frames_per_trajectory: int = Field(
        default=64, ge=1, le=768, validate_default=True, description="Overview included."
    )
    pixels_per_frame: int = Field(
        default=401_408,
        ge=784,
        description="Larger frames shrink to this: 512 visual tokens of 28 x 28 pixels (Qwen-VL).",
    )
    pixels_per_trajectory: int = Field(
        default=16_777_216, ge=784, validate_default=True, description="Width x height, over all frames."
    )

    @field_validator("frames_per_trajectory")
    @classmethod
    def _room_for_a_call(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("frames_per_call", 0):
            raise ValueError(f"must be at least frames_per_call, which is {info.data['frames_per_call']}")
        if value <= info.data.get("overview_frames", 0):
            raise ValueError(
                f"must be more than overview_frames, which is {info.data['overview_frames']}: else no frame is left for"
                " any call"
            )
        return value

    @field_validator("pixels_per_trajectory")
    @classmethod
    def _room_for_a_frame(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("pixels_per_frame", 0):
            raise ValueError(f"must be at least pixels_per_frame, which is {info.data['pixels_per_frame']}")
        if "frames_per_trajectory" not in info.data:
            # Refused, and with it what the frames of the overview would take.
            return value
        frames = info.data.get("overview_frames", 0) + 1
        if value < (wanted := frames * info.data.get("pixels_per_frame", 0)):
            raise ValueError(
                f"leaves no frame for any call: overview_frames and one more are {frames} frames of pixels_per_frame,"
                f" {wanted} in all; raise it, or lower one of these"
            )
        return value
