"""`source` and `fetch`: where videos and questions come from, and how they are fetched."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.settings.base import Settings


class FolderSource(Settings):
    """Every video file under a folder; questions are made by `ask`."""

    type: Literal["folder"] = "folder"
    path: str = Field(
        min_length=1, description="Folder with videos; relative paths resolve against the file this entry stands in."
    )
    license: str = Field(default="", description="Licence of all these videos, as an SPDX id or a short name.")


class ManifestSource(Settings):
    """Videos, and optionally questions, as JSON lines."""

    type: Literal["manifest"] = "manifest"
    videos: str = Field(min_length=1, description="JSON lines of videos: id, uri, license?, subtitles?, group?, meta?.")
    questions: str = Field(
        default="", description="JSON lines of questions: id, video_id, text, kind, choices?, answer, evidence?, meta?."
    )


Source = Annotated[FolderSource | ManifestSource, Field(discriminator="type")]


class Fetch(Settings):
    """How remote videos, subtitles and manifests are fetched."""

    most_mb: int = Field(default=20_000, ge=1, description="A file larger than this many megabytes is turned away.")
