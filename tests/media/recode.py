"""Copies of videos as they go round: smaller, worse, at another frame rate, without their beginning."""

from fractions import Fraction
from pathlib import Path

import av


def recode(
    video: Path, copy: Path, width: int, fps: int, start_s: float = 0.0, end_s: float = 1e9, quality: int = 32
) -> Path:
    """Encodes the picture of `[start_s, end_s)` anew; `quality` is x264's, 51 the worst. Returns the copy."""
    with av.open(video) as source, av.open(copy, "w") as target:
        shown = source.streams.video[0]
        out = target.add_stream("libx264", rate=fps, options={"crf": str(quality), "preset": "ultrafast"})
        size = shown.codec_context
        out.width, out.height, out.pix_fmt = width, round(size.height * width / size.width / 2) * 2, "yuv420p"
        count = 0
        for frame in source.decode(shown):
            at_s = float(frame.time) - start_s
            if at_s >= end_s - start_s:
                break
            if at_s < count / fps - 1e-6:
                continue
            scaled = frame.reformat(out.width, out.height, "yuv420p")
            scaled.pts, scaled.time_base, scaled.pict_type = count, Fraction(1, fps), 0
            target.mux(out.encode(scaled))
            count += 1
        target.mux(out.encode())
    return copy
