"""The two plots of a card: bars, drawn from counts alone, so that the same counts give the same bytes.

PNG and not SVG, because the Hub shows a picture of a repository only in forms that cannot hold a script.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _LEFT, _RIGHT = 900, 300, 150
_ROW, _TOP = 30, 56
_INK, _PALE, _STRONG = (36, 41, 47), (208, 215, 222), (9, 105, 218)
_MOST_ROWS = 15


@dataclass(frozen=True, slots=True)
class Bar:
    """`part` of `whole`; a plot without parts has them equal."""

    name: str
    part: int
    whole: int


def yields(asked: Mapping[str, int], solved: Mapping[str, int]) -> bytes:
    """By kind of question: how many ended in a row to train on. PNG."""
    bars = [Bar(kind, solved.get(kind, 0), count) for kind, count in sorted(asked.items())]
    return draw("Questions that ended in a row to train on", bars)


def rejects(counts: Mapping[str, int]) -> bytes:
    """By reason: how many rows were turned away, the most frequent reasons first. PNG."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    bars = [Bar(reason, count, count) for reason, count in ordered[:_MOST_ROWS]]
    more = sum(count for _, count in ordered[_MOST_ROWS:])
    return draw("Rejects by reason", [*bars, *([Bar("all others", more, more)] if more else [])])


def draw(title: str, bars: Sequence[Bar]) -> bytes:
    """A PNG, 900 pixels wide: a line for each bar, its name at the left, its numbers at the right."""
    image = Image.new("RGB", (_WIDTH, _TOP + _ROW * max(1, len(bars)) + 14), "white")
    pen = ImageDraw.Draw(image)
    font, head = ImageFont.load_default(15), ImageFont.load_default(18)
    pen.text((16, 16), title, _INK, head)
    if not bars:
        pen.text((16, _TOP + 4), "none", _INK, font)
    most = max((bar.whole for bar in bars), default=1) or 1
    for row, bar in enumerate(bars):
        top = _TOP + row * _ROW
        pen.text((_LEFT - 12, top + 11), _fitting(pen, bar.name, font), _INK, font, anchor="rm")
        for count, colour in ((bar.whole, _PALE), (bar.part, _STRONG)):
            width = (_WIDTH - _LEFT - _RIGHT) * count // most
            if width:
                pen.rectangle((_LEFT, top, _LEFT + width, top + 22), colour)
        said = f"{bar.part}" if bar.part == bar.whole else f"{bar.part} of {bar.whole}"
        pen.text((_LEFT + (_WIDTH - _LEFT - _RIGHT) * bar.whole // most + 8, top + 11), said, _INK, font, anchor="lm")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _fitting(pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The text, its end cut off where it would not fit at the left of the bars."""
    if pen.textlength(text, font) <= _LEFT - 24:
        return text
    while text and pen.textlength(f"{text}...", font) > _LEFT - 24:
        text = text[:-1]
    return f"{text}..."
