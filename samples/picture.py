"""Draws one frame: backdrop, shapes, cards, and the strip that carries the frame's number."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from samples.script import Card, Kind, Place, Shape
from tests.strip import DARK, LIGHT, strip_box, strip_cells

FINE = 4
COLORS = {
    "red": "#d62828",
    "green": "#2a9d3a",
    "blue": "#2456d6",
    "yellow": "#f2c500",
    "orange": "#f07d13",
    "white": "#fafafa",
}
# Line height in font sizes; room between text and the edge of its panel, in pixels.
LEADING = 1.35
PADDING = 16


@dataclass(frozen=True, slots=True)
class Laid:
    """A card ready to paste, and the box of each of its lines in pixels (left, top, right, bottom)."""

    image: Image.Image
    boxes: tuple[tuple[float, float, float, float], ...]


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font: needs nothing from the system.

    Raises:
        RuntimeError: this Pillow was built without FreeType.
    """
    loaded = ImageFont.load_default(size=size)
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow has no FreeType here, so it has no font of a chosen size: install the binary wheel")
    return loaded


def lay_out(card: Card, size: tuple[int, int]) -> Laid:
    """Places the lines of a card, one under the other.

    Raises:
        ValueError: the card sticks out of the picture or touches the strip.
    """
    width, height = size
    image = Image.new("RGBA", size)
    brush = ImageDraw.Draw(image)
    widths = [font(line.size).getlength(line.text) for line in card.lines]
    block_width, block_height = max(widths), sum(line.size * LEADING for line in card.lines)
    left, top = card.at[0] * width - block_width / 2, card.at[1] * height - block_height / 2
    outer = (left - PADDING, top - PADDING, left + block_width + PADDING, top + block_height + PADDING)
    _, strip_top, strip_right, _ = strip_box(width, height)
    if outer[0] < 0 or outer[1] < 0 or outer[2] > width or outer[3] > height:
        raise ValueError(f"the card {card.lines[0].text!r} does not fit into {width}x{height}: {outer}")
    if outer[3] > strip_top and outer[0] < strip_right:
        raise ValueError(f"the card {card.lines[0].text!r} touches the strip: {outer}")
    if card.panel is not None:
        brush.rounded_rectangle(outer, 10, fill=card.panel)
    boxes = []
    y = top
    for line, line_width in zip(card.lines, widths, strict=True):
        x = left if card.align == "left" else left + (block_width - line_width) / 2
        at = (round(x), round(y + line.size * LEADING / 2))
        brush.text(at, line.text, fill=card.ink, font=font(line.size), anchor="lm")
        boxes.append(brush.textbbox(at, line.text, font=font(line.size), anchor="lm"))
        y += line.size * LEADING
    return Laid(image, tuple(boxes))


@cache
def sprite(kind: Kind, color: str, size: int) -> Image.Image:
    """A shape of a named colour with smooth edges, `size` pixels wide and high."""
    side = size * FINE
    image = Image.new("RGBA", (side, side))
    brush = ImageDraw.Draw(image)
    fill = COLORS[color]
    if kind == "circle":
        brush.ellipse((0, 0, side - 1, side - 1), fill=fill)
    elif kind == "square":
        brush.rectangle((0, 0, side, side), fill=fill)
    else:
        brush.polygon(((side / 2, 0), (side, side), (0, side)), fill=fill)
    return image.reduce(FINE)


def paste_shape(picture: Image.Image, shape: Shape, part: float) -> None:
    """Pastes a shape where it is when `part` (0..1) of its run is over."""
    place: Place = shape.move(part)
    image = sprite(shape.kind, shape.color, shape.size)
    corner = (round(place[0] * picture.width - shape.size / 2), round(place[1] * picture.height - shape.size / 2))
    picture.paste(image, corner, image)


def paste_strip(picture: Image.Image, number: int) -> None:
    """Draws the strip of frame `number` over the lower left corner."""
    left, top, right, bottom = strip_box(*picture.size)
    cells = Image.fromarray(np.where(strip_cells(number), LIGHT, DARK).astype(np.uint8))
    strip = cells.resize((round(right - left), round(bottom - top)), Image.Resampling.NEAREST)
    picture.paste(strip.convert("RGB"), (round(left), round(top)))
