"""Subtitles that lie beside a video."""

import os

SUBTITLE_EXTENSIONS = (".srt", ".vtt")


def sidecar(path: str | os.PathLike[str]) -> str:
    """The path of the subtitles beside a video file, empty when there are none; see `subtitles_in`."""
    folder, name = os.path.split(os.fspath(path))
    found = subtitles_in(folder or ".").get(os.path.splitext(name)[0])
    return os.path.join(folder, found) if found else ""


def subtitles_in(folder: str) -> dict[str, str]:
    """Stem of a video → name of its subtitle file, for all that lie in a folder.

    `talk.mp4` has `talk.srt`, else `talk.vtt`, else one with a language between (`talk.en.srt`; English first, then by
    name). Links are left alone: subtitles beside a video are files.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:
        return {}
    best: dict[str, tuple[int, int, str]] = {}
    for name in names:
        base, extension = os.path.splitext(name)
        if name.startswith(".") or extension.casefold() not in SUBTITLE_EXTENSIONS:
            continue
        kind = SUBTITLE_EXTENSIONS.index(extension.casefold())
        fits = {base: 0}
        stem, dot, language = base.rpartition(".")
        if dot and stem and 2 <= len(language) <= 10 and language.replace("-", "").isalpha():
            fits[stem] = 1 if language.casefold().startswith("en") else 2
        for video, rank in fits.items():
            best[video] = min(best.get(video, (9, 0, "")), (rank, kind, name))
    return {video: name for video, (_, _, name) in best.items()}
