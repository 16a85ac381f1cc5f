"""What is planted into ten minutes, and when.

What a build may ask about stands once. Near-twins differ in a digit or in the order of two. What is ambiguous on
purpose stands twice, word for word. The rest are traps that are hard to read at all: a counter, a flash, small print.
"""

from dataclasses import replace
from functools import cache
from itertools import accumulate
from typing import Literal

from samples import backdrops
from samples.backdrops import Backdrop
from samples.script import Card, Film, Place, Scene, Shape, across, card, down, line_of_runs

SIZE = (640, 360)
FPS = 10

Fade = Literal["cut", "dissolve", "black"]
FADE_S = 1.0
"""How long a dissolve takes, which begins with the new scene; through black, half of it before the cut."""

Part = tuple[Fade, Scene]
"""A scene, and how it begins."""

MIDDLE, HIGH, LOW, RIGHT = (0.5, 0.42), (0.5, 0.3), (0.56, 0.62), (0.64, 0.45)
LASTING = (0.5, 0.12)
"""Places of cards, as fractions of the picture: what lasts is above the others."""


def _two(start_s: float, end_s: float, title: str, line: str, at: Place = MIDDLE) -> Card:
    return card(at, start_s, end_s, (title, 36), (line, 28))


def _light(start_s: float, end_s: float, title: str, line: str, at: Place = MIDDLE) -> Card:
    """Without a panel, light on a dark backdrop."""
    return card(at, start_s, end_s, (title, 36), (line, 28), ink="#ffffff", panel=None)


def _dark(start_s: float, end_s: float, title: str, line: str, at: Place = MIDDLE) -> Card:
    """Without a panel, dark on a light backdrop."""
    return card(at, start_s, end_s, (title, 36), (line, 28), panel=None)


@cache
def parts() -> tuple[Part, ...]:
    """The scenes in order."""
    town = backdrops.skyline(SIZE, "#8ec3e6", "#f3e3c3", "#5b4a5e")
    dusk = backdrops.skyline(SIZE, "#22254b", "#7a4f7d", "#171a33")
    bay = backdrops.sea(SIZE, "#b7dcf2", "#eaf4f4", ("#3f88b5", "#276892"))
    cape = backdrops.sea(SIZE, "#f2b880", "#f6e0c0", ("#3a6f8f", "#28566f"), tower=True)
    cafe = backdrops.stripes(SIZE, "#efe4d2", "#b5483a", "#f7f1e6")
    stars = backdrops.night(SIZE, 20.0)
    navy, green, wine = _plain("#0f3057", "#123c69"), _plain("#174d38", "#1d6247"), _plain("#7a2e2e", "#4f1c1c")
    sand, mint, paper = _plain("#f4ecd8", "#e5d8b8"), _plain("#dfeee8", "#c5ddd3"), _plain("#f5f3ea", "#ebe6d6")
    black = _plain("#000000", "#000000")
    ball = Shape("circle", "red", 64, 1.0, 4.0, across(0.75))
    flag = Shape("triangle", "green", 56, 0.6, 3.6, across(0.8, reverse=True))
    box = Shape("square", "blue", 50, 0.5, 2.5, down(0.88, -0.05, 0.9))
    lamp = Shape("circle", "yellow", 40, 0.0, 6.0, across(0.2))
    prices = (("FARES TO NORWICK", 34), ("Adult 18.50", 30), ("Senior 15.80", 30), ("Bicycle 4.60", 30))
    floors = tuple(card(MIDDLE, n, n + 1.0, (f"FLOOR {n:02d}", 40)) for n in range(2, 12))
    flash = card(LOW, 8.0, 8.4, ("Zebra crossing", 30))
    small = card((0.8, 0.93), 1.0, 9.0, ("printed by Quill and Sons", 9), panel=None)
    return (
        ("cut", Scene(12, town, (_two(1, 6, "WELCOME TO THE MUSEUM", "Open on public holidays"),))),
        ("cut", Scene(14, navy, (_light(1, 6, "GATE 14", "Trains to Norwick"),))),
        ("dissolve", Scene(14, bay, (_two(0, 5, "MIND THE STEP", "Wet floor by the fountain"),), (ball,))),
        ("cut", Scene(26, mint, (card((0.36, 0.5), 6, 26, *prices, align="left"),))),
        ("black", Scene(13, green, (_light(0, 5, "GATE 41", "Trains to Eastham", LOW),))),
        ("cut", Scene(12, cafe, (_two(2, 7, "RIVER BAKERY", "Open 21 hours a day"),))),
        ("cut", Scene(5, black)),
        ("cut", Scene(13, sand, (_dark(1, 3, "PLATFORM 36 IS CLOSED", "Use the north stairs"),), (flag,))),
        (
            "cut",
            Scene(
                16,
                dusk,
                (
                    _light(1, 6, "BUS 308 LEAVES 06:45", "Stop beside the post office", HIGH),
                    _light(6.2, 16, "BUS 380 LEAVES 06:54", "Stop behind the post office", HIGH),
                ),
            ),
        ),
        ("dissolve", Scene(14, paper, (_dark(0, 5, "TICKET COUNTER", "Cash and cards accepted"),), (lamp,))),
        # From here on a card lasts two minutes.
        ("cut", Scene(18, town, (_two(4, 9, "Tower height 127 m", "Built in 1897", MIDDLE),))),
        (
            "cut",
            Scene(
                20,
                navy,
                (_light(2, 7, "ROOM 5016", "Ancient coins", LOW), _two(10, 15, "CALL 555 0142", "Ask for Ruth")),
            ),
        ),
        (
            "dissolve",
            Scene(18, bay, (_two(0, 5, "Depth 36 metres", "Harbour basin east"),), line_of_runs(ball, 3, 1.0)),
        ),
        (
            "cut",
            Scene(
                20,
                mint,
                (
                    _dark(2, 4, "LOCKER 8.15", "Keep your key", RIGHT),
                    _dark(9, 14, "NEXT STOP HARLOW", "Change for the zoo"),
                ),
            ),
        ),
        ("cut", Scene(20, wine, (_light(0, 5, "SAVE 15 PERCENT", "Winter sale in the shop"),))),
        ("cut", Scene(18, cafe, (_two(13, 18, "HILL BAKERY", "Open 12 hours a day"),), line_of_runs(box, 2, 1.5))),
        ("cut", Scene(18, sand, (_dark(13, 18, "Population 48,210", "Census of the county"),))),
        # It has gone.
        ("dissolve", Scene(16, stars, (_light(0, 5, "Garden concert", "Bring a blanket"),))),
        ("cut", Scene(14, paper, (*floors, small))),
        ("cut", Scene(12, town, (_two(2, 7, "Tower height 172 m", "Built in 1879"), flash))),
        ("cut", Scene(14, green, (_light(2, 7, "MIND THE STEP", "Dark corridor"),))),
        ("black", Scene(16, navy, (_light(0, 5, "ROOM 5061", "Roman glass", LOW),))),
        ("cut", Scene(14, cafe, (_two(1, 3, "PLATFORM 63 IS CLOSED", "Use the south stairs"),))),
        ("cut", Scene(28, cape, (_two(3, 23, "WIFI NAME LANTERN", "Password 7741 9035", (0.4, 0.3)),), (flag,))),
        ("cut", Scene(14, mint, (_dark(2, 7, "TICKET COUNTER", "Lost umbrellas"),))),
        ("cut", Scene(14, dusk, (_light(3, 8, "CALL 555 0124", "Ask for Henry"),))),
        ("dissolve", Scene(14, wine, (_light(2, 7, "SAVE 51 PERCENT", "Last copies of the calendar"),))),
        ("cut", Scene(12, sand, (_dark(2, 4, "LOCKER 5.18", "Return your key", RIGHT),))),
        ("cut", Scene(14, bay, (_two(3, 8, "Depth 63 metres", "Harbour basin west"),), line_of_runs(ball, 2, 1.0))),
        ("black", Scene(14, paper, (_dark(2, 7, "NEXT STOP HARLOW", "Meet your driver outside"),))),
        ("cut", Scene(16, town, (_two(2, 7, "Population 42,810", "Without the islands"),))),
        ("cut", Scene(14, green, (_light(2, 7, "Rehearsal at 19:30", "Stage door, red carpet"),))),
        ("cut", Scene(12, navy, (_light(2, 7, "COFFEE 2.90", "Refill 1.40", LOW),), (box,))),
        ("dissolve", Scene(16, cafe, (_two(3, 8, "TEA WITH LEMON 2.60", "Honey 0.40", LOW),))),
        ("cut", Scene(17, sand, (_dark(2, 7, "Platform camera 9", "Recorded for 72 hours"),))),
        ("cut", Scene(14, stars, (_light(2, 7, "Night train to Aldford", "Sleeping car 27"),))),
        ("cut", Scene(16, mint, (_dark(2, 7, "Ferry to Skerry Isle", "Every 45 minutes"),), (lamp,))),
        ("cut", Scene(14, green, (_light(1, 3, "PIER 7 SOUTH", "Bicycles on deck"),))),
        ("black", Scene(14, dusk, (_light(2, 9, "GOOD NIGHT", "Doors close at 23:40"),))),
    )


LONG = (
    card(LASTING, 143, 263, ("LIFT B IS OUT OF ORDER", 28)),
    card(LASTING, 380, 400, ("Roadworks until 17 August", 28)),
)
"""Cards that outlast their scene, with times on the clock of the film: two minutes, and twenty seconds across a cut."""


def starts() -> list[float]:
    """Where each scene starts, and at last where the film ends."""
    return list(accumulate((scene.length_s for _, scene in parts()), initial=0.0))


def film() -> Film:
    """The scenes, with the lasting cards in all scenes that they outlast."""
    scenes = [
        replace(scene, cards=(*scene.cards, *_passing(cut, cut + scene.length_s)))
        for cut, (_, scene) in zip(starts(), parts(), strict=False)
    ]
    return Film("planted", *SIZE, FPS, tuple(scenes))


def _passing(start_s: float, end_s: float) -> list[Card]:
    """What there is of the lasting cards from one cut to the next, in the scene's own time."""
    return [
        replace(one, start_s=max(one.start_s, start_s) - start_s, end_s=min(one.end_s, end_s) - start_s)
        for one in LONG
        if one.start_s < end_s and start_s < one.end_s
    ]


def _plain(top: str, bottom: str) -> Backdrop:
    return backdrops.plain(SIZE, top, bottom)
