"""A lesson about planets, landscape, with a variable frame rate."""

from math import cos, pi, sin

from samples import backdrops
from samples.script import Film, Move, Say, Scene, Shape, across, card, line_of_runs

SIZE = (640, 360)


def film() -> Film:
    """Near-twins: two years. QUESTION TIME is shown twice on purpose: when it appears is ambiguous."""
    sky = backdrops.night(SIZE, 0.0)
    board = backdrops.plain(SIZE, "#24483a", "#1d3b30")
    paper = backdrops.plain(SIZE, "#f5f3ea", "#ebe6d6")
    fast = Shape("square", "blue", 44, 0.4, 1.7, _lane(0.3))
    slow = Shape("triangle", "green", 44, 0.4, 3.4, _lane(0.62))
    rocket = Shape("triangle", "yellow", 54, 0.5, 2.5, across(0.4))
    centre = Shape("square", "red", 60, 0.0, 9.4, lambda part: (0.5, 0.48), counted=False)
    round_it = Shape("circle", "orange", 46, 0.4, 3.2, _orbit(0.5, 0.48, 0.3, 0.36))
    return Film(
        "lesson",
        *SIZE,
        None,
        (
            Scene(
                6.6,
                sky,
                (card((0.5, 0.42), 0.5, 6.2, ("LESSON 7", 40), ("Planets and moons", 30)),),
                says=(Say("Good morning, and welcome to our science lesson.", 1.0),),
            ),
            Scene(
                7.8,
                backdrops.night(SIZE, 0.0, ("#c9c9c4", "#a5a5a0")),
                (card((0.68, 0.42), 0.4, 7.2, ("THE MOON", 36), ("384,400 km away", 30)),),
                says=(Say("The first visitors stayed for 21 hours.", 1.0), Say("They brought home many heavy rocks.")),
            ),
            Scene(
                7.0,
                backdrops.night(SIZE, 0.0, ("#b5532f", "#8f3f22")),
                (card((0.7, 0.42), 0.4, 6.6, ("MARS", 36), ("Two moons:", 28), ("Phobos and Deimos", 28)),),
                says=(Say("The small one will fall apart in the far future.", 1.2),),
            ),
            Scene(
                9.4,
                paper,
                shapes=(centre, *line_of_runs(round_it, 3, 0.1)),
                says=(Say("Now watch the orange circle move around the red square.", 1.0),),
            ),
            Scene(
                6.4,
                board,
                (
                    card(
                        (0.5, 0.4),
                        0.3,
                        6.0,
                        ("QUESTION TIME", 38),
                        ("Which planet is the largest?", 28),
                        ink="#ffffff",
                        panel=None,
                    ),
                ),
                says=(Say("Please talk to the person next to you.", 1.0),),
            ),
            Scene(
                7.4,
                paper,
                (
                    card((0.16, 0.3), 0.0, 7.0, ("FAST LANE", 26), panel=None),
                    card((0.16, 0.62), 0.0, 7.0, ("SLOW LANE", 26), panel=None),
                ),
                (*line_of_runs(fast, 4, 0.35), *line_of_runs(slow, 2, 0.3)),
                (Say("The square is twice as fast as the triangle.", 1.2),),
            ),
            Scene(
                7.0,
                backdrops.night(SIZE, 0.0, ("#d3a977", "#b0814f")),
                (card((0.69, 0.42), 0.4, 6.8, ("A YEAR ON JUPITER", 32), ("11.9 Earth years", 30)),),
                says=(Say("A storm on this planet is older than our school.", 1.0),),
            ),
            Scene(
                7.0,
                backdrops.night(SIZE, 0.0, ("#e0c48c", "#c2a56d"), ring=True),
                (card((0.69, 0.62), 0.4, 6.8, ("A YEAR ON SATURN", 32), ("29.4 Earth years", 30)),),
                says=(Say("Its rings are made of ice and dust.", 1.0),),
            ),
            Scene(
                6.6,
                backdrops.sea(SIZE, "#9fd3e8", "#e6f2f2", ("#2f7f9d", "#1f5f78")),
                (card((0.5, 0.33), 0.5, 6.2, ("HIGH TIDE 06:12", 36), ("Low tide 12:24", 30)),),
                says=(Say("People in the village know these times by heart.", 1.0),),
            ),
            Scene(
                6.6,
                board,
                (
                    card(
                        (0.5, 0.45),
                        0.4,
                        6.6,
                        ("QUESTION TIME", 38),
                        ("Where does the wind begin?", 28),
                        ink="#ffffff",
                        panel=None,
                    ),
                ),
                says=(Say("You may look for the answer in your blue book.", 1.0),),
            ),
            Scene(
                6.0,
                backdrops.night(SIZE, 24.0),
                shapes=line_of_runs(rocket, 2, 0.8),
                says=(Say("The new telescope was made by a farmer in Canada.", 0.9),),
            ),
            Scene(
                6.2,
                paper,
                (card((0.5, 0.4), 0.3, 6.2, ("HOMEWORK", 38), ("Read page 52", 32), panel=None),),
                says=(Say("Bring your answers to the library on Thursday.", 1.0),),
            ),
        ),
    )


def _lane(y: float) -> Move:
    """From beside the lane's label to the right edge."""
    return lambda part: (0.36 + 0.64 * part, y)


def _orbit(x: float, y: float, far_x: float, far_y: float) -> Move:
    """Once round a point, from the top of the circle."""
    return lambda part: (x + far_x * sin(2 * pi * part), y - far_y * cos(2 * pi * part))
