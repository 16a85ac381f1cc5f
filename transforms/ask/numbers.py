"""Numbers that could stand where one stands, none of them likelier by its look."""

import re
from collections.abc import Callable

from transforms.ask.pick import rank

_CLOCK = re.compile(r"^([0-9]{1,2}):([0-5][0-9])$")
_PLAIN = re.compile(r"^[0-9]{1,6}$")
_DECIMAL = re.compile(r"^([0-9]{1,4})\.([0-9]{1,2})$")


def rivals(number: str, *seed: object) -> tuple[str, ...] | None:
    """The number among four of the same form, evenly spaced and ascending; None where that cannot be done fairly.

    Its place among them is decided by the seed. The spacing keeps it as round as the others: beside 1500 stand 1400 and
    1600, not 1497; beside 09:30 stands 10:00. A number that could not stand at all four places (too small, or about to
    get a digit more) is refused whatever its place, so that no place is likelier.
    """
    parsed = _read(number)
    if parsed is None:
        return None
    value, step, most, spell = parsed
    least, greatest = value - 3 * step, value + 3 * step
    if least < 0 or greatest > most or len(spell(least)) != len(spell(greatest)):
        return None
    place = rank("rivals", number, *seed) % 4
    return tuple(spell(value + (n - place) * step) for n in range(4))


def _read(number: str) -> tuple[int, int, int, Callable[[int], str]] | None:
    """Value in units of the last digit, spacing, greatest value, and how a value is spelled."""
    clock = _CLOCK.match(number)
    if clock:
        value, width = int(clock[1]) * 60 + int(clock[2]), len(clock[1])
        step = next(step for step in (30, 15, 10, 5, 1) if value % step == 0)
        return value, step, 24 * 60 - 1, lambda v: f"{v // 60:0{width}d}:{v % 60:02d}"
    decimal = _DECIMAL.match(number)
    if decimal:
        places = len(decimal[2])
        value = int(decimal[1] + decimal[2])
        return value, _round_step(value), 10**6, lambda v: f"{v / 10**places:.{places}f}"
    if _PLAIN.match(number):
        value, width = int(number), len(number) if number.startswith("0") else 1
        return value, _round_step(value), 10**6, lambda v: f"{v:0{width}d}"
    return None


def _round_step(value: int) -> int:
    """The power of ten that the value is a multiple of; 5 for an odd multiple of 5 above 20, as in 45 or 125."""
    step = 1
    while value and value % (step * 10) == 0:
        step *= 10
    return 5 if step == 1 and value % 5 == 0 and value > 20 else step
