"""Pictures behind the cards: a still base and, for some, wide layers that slide over it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

from PIL import Image, ImageDraw

# Drawn this much larger and then reduced, because Pillow's shapes have no smooth edges of their own.
FINE = 3


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture twice as wide as the film that repeats after one width; it slides left at `speed` pixels a second."""

    image: Image.Image
    speed: float


@dataclass(frozen=True, slots=True)
class Backdrop:
    base: Image.Image
    layers: tuple[Layer, ...] = ()

    def at(self, t_s: float) -> Image.Image:
        """A fresh picture of the backdrop `t_s` seconds into its scene."""
        picture = self.base.copy()
        for layer in self.layers:
            shift = round(layer.speed * t_s) % picture.width
            window = layer.image.crop((shift, 0, shift + picture.width, picture.height))
            picture.paste(window, (0, 0), window)
        return picture


def drawn(size: tuple[int, int], mode: str, draw: Callable[[ImageDraw.ImageDraw, int, int], None]) -> Image.Image:
    """Draws at `FINE` times `size` and reduces: `draw` is given the brush and the enlarged width and height."""
    large = Image.new(mode, (size[0] * FINE, size[1] * FINE))
    draw(ImageDraw.Draw(large), *large.size)
    return large.reduce(FINE)


def gradient(size: tuple[int, int], top: str, bottom: str) -> Image.Image:
    """From one colour at the top to another at the bottom."""
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def plain(size: tuple[int, int], top: str, bottom: str) -> Backdrop:
    return Backdrop(gradient(size, top, bottom))


def stripes(size: tuple[int, int], wall: str, first: str, second: str) -> Backdrop:
    """A wall under a striped awning."""

    def draw(brush: ImageDraw.ImageDraw, width: int, height: int) -> None:
        brush.rectangle((0, 0, width, height), fill=wall)
        step = width // 8
        for i in range(8):
            brush.rectangle((i * step, 0, (i + 1) * step, height * 0.14), fill=(first, second)[i % 2])
        brush.rectangle((0, height * 0.14, width, height * 0.16), fill="#6b5a48")

    return Backdrop(drawn(size, "RGB", draw))


def skyline(size: tuple[int, int], top: str, bottom: str, town: str) -> Backdrop:
    """Roofs of a town at the foot of the picture."""
    heights = (0.20, 0.30, 0.16, 0.26, 0.36, 0.22, 0.18, 0.32, 0.24, 0.28)

    def draw(brush: ImageDraw.ImageDraw, width: int, height: int) -> None:
        step = width / len(heights)
        for i, part in enumerate(heights):
            left, roof = i * step, height * (1 - part)
            brush.rectangle((left, roof, left + step * 0.92, height), fill=town)
            brush.polygon(((left, roof), (left + step * 0.46, roof - height * 0.06), (left + step * 0.92, roof)), town)

    base = gradient(size, top, bottom)
    houses = drawn(size, "RGBA", draw)
    base.paste(houses, (0, 0), houses)
    return Backdrop(base)


def sea(size: tuple[int, int], top: str, bottom: str, waves: tuple[str, str], tower: bool = False) -> Backdrop:
    """Two rows of waves that slide at their own speed under a still sky, with a lighthouse or without."""
    base = gradient(size, top, bottom)
    if tower:
        base.paste(light := drawn(size, "RGBA", _lighthouse), (0, 0), light)
    rows = []
    for color, level, speed in ((waves[0], 0.66, 18.0), (waves[1], 0.76, 43.0)):

        def draw(brush: ImageDraw.ImageDraw, width: int, height: int, color: str = color, level: float = level) -> None:
            points = [(x, height * (level + 0.025 * sin(x / width * 16 * pi))) for x in range(0, width + 8, 8)]
            brush.polygon([*points, (width, height), (0, height)], fill=color)

        rows.append(Layer(drawn((size[0] * 2, size[1]), "RGBA", draw), speed))
    return Backdrop(base, tuple(rows))


def _lighthouse(brush: ImageDraw.ImageDraw, width: int, height: int) -> None:
    middle, foot = width * 0.74, height * 0.70
    brush.ellipse((middle - width * 0.2, height * 0.58, middle + width * 0.2, height * 0.95), fill="#5a6b4a")
    top, slope = height * 0.22, width * 0.018
    half = width * 0.026
    sides = ((middle - half, top), (middle + half, top), (middle + half + slope, foot), (middle - half - slope, foot))
    brush.polygon(sides, fill="#f4f1e6")
    brush.rectangle((middle - width * 0.018, height * 0.15, middle + width * 0.018, height * 0.22), fill="#f7d154")
    roof = ((middle - width * 0.03, height * 0.15), (middle, height * 0.08), (middle + width * 0.03, height * 0.15))
    brush.polygon(roof, fill="#37474f")


def kitchen(size: tuple[int, int], wall: str, table: str, pot: str) -> Backdrop:
    """A tiled wall, a table and a pot on it."""

    def draw(brush: ImageDraw.ImageDraw, width: int, height: int) -> None:
        brush.rectangle((0, 0, width, height), fill=wall)
        step = width // 6
        for x in range(step, width, step):
            brush.line((x, 0, x, height), fill="#dfe7e5", width=FINE * 2)
        for y in range(step, height, step):
            brush.line((0, y, width, y), fill="#dfe7e5", width=FINE * 2)
        brush.rectangle((0, height * 0.86, width, height), fill=table)
        brush.rectangle((width * 0.14, height * 0.70, width * 0.86, height * 0.73), fill="#4d565c")
        brush.rounded_rectangle((width * 0.2, height * 0.67, width * 0.8, height * 0.88), width * 0.06, fill=pot)
        brush.ellipse((width * 0.2, height * 0.65, width * 0.8, height * 0.70), fill="#2c3439")

    return Backdrop(drawn(size, "RGB", draw))


def night(size: tuple[int, int], speed: float, planet: tuple[str, str] | None = None, ring: bool = False) -> Backdrop:
    """Stars, sliding at `speed` pixels a second, and on the left a planet: its colour and that of its spots."""
    base = gradient(size, "#0b1030", "#1d1440")
    half_width = size[0] * FINE

    def stars(brush: ImageDraw.ImageDraw, width: int, height: int) -> None:
        # Steps by irrational parts of the picture (golden ratio, root of two) scatter the stars without a random state.
        for i in range(90):
            x, y = i * 0.6180339887 % 1 * half_width, i * 0.4142135624 % 1 * height
            radius = FINE * (0.6 + i % 3 * 0.45)
            for left in (x, x + half_width):
                brush.ellipse((left - radius, y - radius, left + radius, y + radius), fill="#e8ecff")

    def globe(brush: ImageDraw.ImageDraw, width: int, height: int) -> None:
        ground, spots = planet or ("", "")
        x, y, radius = width * 0.2, height * 0.45, height * 0.2
        if ring:
            brush.ellipse(
                (x - radius * 1.7, y - radius * 0.4, x + radius * 1.7, y + radius * 0.4), outline="#c9b48a", width=18
            )
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ground)
        for i, (part, far) in enumerate(((0.25, 0.5), (0.18, 0.3), (0.12, 0.65), (0.15, 0.4))):
            spot_x, spot_y = x + cos(i * 2.1) * radius * far, y + sin(i * 2.1) * radius * far
            half = radius * part
            brush.ellipse((spot_x - half, spot_y - half * 0.7, spot_x + half, spot_y + half * 0.7), fill=spots)

    sky = Layer(drawn((size[0] * 2, size[1]), "RGBA", stars), speed)
    still = () if planet is None else (Layer(_twice(drawn(size, "RGBA", globe)), 0.0),)
    return Backdrop(base, (sky, *still))


def _twice(image: Image.Image) -> Image.Image:
    wide = Image.new(image.mode, (image.width * 2, image.height))
    wide.paste(image, (0, 0))
    wide.paste(image, (image.width, 0))
    return wide
