"""The three films."""

from math import cos, pi, sin

from samples import backdrops
from samples.script import Card, Film, Line, Move, Place, Say, Scene, Shape, across, down, line_of_runs

WIDE = (640, 360)
TALL = (360, 640)


def card(at: Place, start_s: float, end_s: float, *lines: tuple[str, int], **look: str | None) -> Card:
    return Card(tuple(Line(text, size) for text, size in lines), at, start_s, end_s, **look)


def harbour() -> Film:
    """A guide to a ferry terminal. Near-twins: two gates, two last boats (the second replaces the first without a cut)."""
    town = backdrops.skyline(WIDE, "#8ec3e6", "#f3e3c3", "#5b4a5e")
    navy = backdrops.plain(WIDE, "#0f3057", "#123c69")
    bay = backdrops.sea(WIDE, "#b7dcf2", "#eaf4f4", ("#3f88b5", "#276892"))
    cape = backdrops.sea(WIDE, "#f2b880", "#f6e0c0", ("#3a6f8f", "#28566f"), tower=True)
    cafe = backdrops.stripes(WIDE, "#efe4d2", "#b5483a", "#f7f1e6")
    dusk = backdrops.skyline(WIDE, "#22254b", "#7a4f7d", "#171a33")
    ball = Shape("circle", "red", 64, 0.3, 2.5, across(0.48))
    flag = Shape("triangle", "green", 56, 0.6, 3.2, across(0.78, reverse=True))
    return Film(
        "harbour",
        *WIDE,
        25,
        (
            Scene(
                7.4,
                town,
                (card((0.5, 0.33), 0.6, 6.6, ("WELCOME TO PORT ALDER", 38), ("A guide for visitors", 28)),),
                says=(Say("Good morning, and welcome to the island.", 0.9), Say("My name is Martin and I work here.")),
            ),
            Scene(
                7.2,
                navy,
                (card((0.5, 0.4), 0.4, 7.2, ("GATE 14 OPENS AT 09:30", 36), ("North pier, blue signs", 28), ink="#ffffff", panel=None),),
                says=(Say("The trip to the island takes 50 minutes.", 1.2),),
            ),
            Scene(
                8.6,
                bay,
                shapes=line_of_runs(ball, 3, 0.5),
                says=(Say("Please look at the red circle.", 0.6), Say("It shows the safe way between the rocks.")),
            ),
            Scene(
                7.6,
                backdrops.plain(WIDE, "#dfeee8", "#c5ddd3"),
                (card((0.34, 0.45), 0.0, 7.0, ("TICKET PRICES", 34), ("Adult 18.50", 30), ("Student 9.20", 30), ("Bicycle 4.60", 30), align="left"),),
                says=(Say("Dogs are welcome, but they must stay outside.", 1.5),),
            ),
            Scene(
                7.4,
                cafe,
                (card((0.55, 0.55), 0.8, 7.0, ("PLATFORM CAFE", 36), ("Hot soup until 16:45", 28)),),
                says=(Say("My sister Laura runs the kitchen.", 1.0), Say("She makes apple cake every Saturday morning.")),
            ),
            Scene(
                6.8,
                backdrops.plain(WIDE, "#174d38", "#1d6247"),
                (card((0.55, 0.6), 0.3, 6.4, ("GATE 41 OPENS AT 09:50", 36), ("South pier, green signs", 28), ink="#ffffff", panel=None),),
                says=(Say("The evening ship carries trucks and coffee to the city of Boston.", 0.9),),
            ),
            Scene(
                7.6,
                backdrops.plain(WIDE, "#f4ecd8", "#e5d8b8"),
                (card((0.5, 0.3), 0.0, 7.2, ("LOST PROPERTY", 36), ("Room 6, ground floor", 30), panel=None),),
                line_of_runs(flag, 2, 0.7),
                (Say("Last week someone left a silver trumpet on the bus.", 1.2),),
            ),
            Scene(6.8, cape, says=(Say("The old tower on the hill has 210 steps.", 1.0),)),
            Scene(
                11.4,
                dusk,
                (
                    card((0.5, 0.36), 0.4, 5.6, ("LAST BOAT 22:15", 38), ("Monday to Friday", 28)),
                    card((0.5, 0.36), 5.8, 11.0, ("LAST BOAT 21:15", 38), ("Weekends only", 28)),
                ),
                says=(
                    Say("After that, you can stay at the hotel behind the church.", 1.2),
                    Say("On Sunday the crew goes home early to watch football.", 6.6),
                ),
            ),
            Scene(
                5.6,
                town,
                (card((0.5, 0.36), 0.3, 5.6, ("SEE YOU ON BOARD", 36), ("Open every day", 28)),),
                says=(Say("Thank you for listening and have a safe journey.", 0.9),),
            ),
        ),
    )


def soup() -> Film:
    """A vertical cooking short with prices. Near-twins: two steps, two kinds of tomatoes."""
    stove = backdrops.kitchen(TALL, "#f2f6f5", "#b98a5a", "#c9483a")
    market = backdrops.stripes(TALL, "#f6eddc", "#3b8f5c", "#fbf7ee")
    drop = Shape("circle", "orange", 58, 0.4, 1.6, down(0.5, -0.03, 0.655))
    leaf = Shape("triangle", "green", 50, 0.5, 3.0, down(0.5, 0.5, 1.0))
    grain = Shape("square", "white", 44, 0.3, 1.7, across(0.4))
    return Film(
        "soup",
        *TALL,
        30,
        (
            Scene(
                6.0,
                stove,
                (card((0.5, 0.3), 0.4, 5.6, ("TOMATO SOUP", 38), ("Ready in 25 minutes", 28)),),
                says=(Say("Hello, I am Julia, and today we cook for the whole family.", 0.8),),
            ),
            Scene(
                7.0,
                backdrops.plain(TALL, "#26543f", "#1b3d2e"),
                (card((0.5, 0.42), 0.2, 7.0, ("YOU NEED", 34), ("6 tomatoes", 30), ("2 onions", 30), ("1 litre of water", 30), align="left"),),
                says=(Say("You will find everything at the market on Green Street.", 1.2),),
            ),
            Scene(
                6.4,
                market,
                (card((0.5, 0.4), 0.4, 6.0, ("Cherry tomatoes", 34), ("3.40 per box", 34), ink="#8c1c13"),),
                says=(Say("Choose the small ones, because they are much sweeter.", 1.0),),
            ),
            Scene(
                7.4,
                stove,
                shapes=line_of_runs(drop, 4, 0.5),
                says=(Say("Now drop them into the pot.", 0.6), Say("My grandmother always added a little honey.")),
            ),
            Scene(
                6.2,
                backdrops.plain(TALL, "#fbe3c0", "#f7d49a"),
                (card((0.5, 0.35), 0.0, 6.2, ("STEP 1", 40), ("Fry the onions", 32), ("for 5 minutes", 32), panel=None),),
                says=(Say("Keep the heat low and stir with a wooden spoon.", 1.0),),
            ),
            Scene(
                6.2,
                backdrops.plain(TALL, "#cfe3f3", "#aecde6"),
                (card((0.5, 0.5), 0.3, 5.8, ("STEP 2", 40), ("Boil the soup", 32), ("for 15 minutes", 32), panel=None),),
                says=(Say("You can use this time to call your mother.", 1.0),),
            ),
            Scene(
                7.4,
                backdrops.plain(TALL, "#f4f0e6", "#e3ead6"),
                (card((0.5, 0.25), 0.4, 7.0, ("Fresh basil", 36), ("1.80 per pot", 32)),),
                line_of_runs(leaf, 2, 0.8),
                (Say("Never cut the leaves with a knife.", 1.4),),
            ),
            Scene(
                5.8,
                backdrops.plain(TALL, "#7a2e2e", "#4f1c1c"),
                shapes=line_of_runs(grain, 3, 0.4),
                says=(Say("A little salt makes everything taste better.", 0.9),),
            ),
            Scene(
                6.2,
                market,
                (card((0.5, 0.6), 0.3, 5.9, ("Large tomatoes", 34), ("2.40 per box", 34), ink="#8c1c13"),),
                says=(Say("That is cheaper than one sandwich at the airport.", 1.0),),
            ),
            Scene(
                6.2,
                backdrops.plain(TALL, "#30475e", "#22344a"),
                (card((0.5, 0.38), 0.5, 6.2, ("Serves 4 people", 34), ("Keeps for 3 days", 30), ink="#ffffff", panel=None),),
                says=(Say("My uncle Oliver eats it with toast and cheese.", 1.0),),
            ),
            Scene(
                5.4,
                stove,
                (card((0.5, 0.28), 0.2, 5.4, ("NEXT FRIDAY", 38), ("Lemon cake", 32)),),
                says=(Say("Please write to me if you try this at home.", 0.9),),
            ),
        ),
    )


def lesson() -> Film:
    """A lesson about planets with uneven frame times. QUESTION TIME stands in it twice; the two years are near-twins."""
    sky = backdrops.night(WIDE, 0.0)
    board = backdrops.plain(WIDE, "#24483a", "#1d3b30")
    paper = backdrops.plain(WIDE, "#f5f3ea", "#ebe6d6")
    fast = Shape("square", "blue", 44, 0.4, 1.7, _lane(0.3))
    slow = Shape("triangle", "green", 44, 0.4, 3.4, _lane(0.62))
    rocket = Shape("triangle", "yellow", 54, 0.5, 2.5, across(0.4))
    centre = Shape("square", "red", 60, 0.0, 9.4, lambda part: (0.5, 0.48), counted=False)
    round_it = Shape("circle", "orange", 46, 0.4, 3.2, _orbit(0.5, 0.48, 0.3, 0.36))
    return Film(
        "lesson",
        *WIDE,
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
                backdrops.night(WIDE, 0.0, ("#c9c9c4", "#a5a5a0")),
                (card((0.68, 0.42), 0.4, 7.2, ("THE MOON", 36), ("384,400 km away", 30)),),
                says=(Say("The first visitors stayed for 21 hours.", 1.0), Say("They brought home many heavy rocks.")),
            ),
            Scene(
                7.0,
                backdrops.night(WIDE, 0.0, ("#b5532f", "#8f3f22")),
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
                (card((0.5, 0.4), 0.3, 6.0, ("QUESTION TIME", 38), ("Which planet is the largest?", 28), ink="#ffffff", panel=None),),
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
                backdrops.night(WIDE, 0.0, ("#d3a977", "#b0814f")),
                (card((0.69, 0.42), 0.4, 6.8, ("A YEAR ON JUPITER", 32), ("11.9 Earth years", 30)),),
                says=(Say("A storm on this planet is older than our school.", 1.0),),
            ),
            Scene(
                7.0,
                backdrops.night(WIDE, 0.0, ("#e0c48c", "#c2a56d"), ring=True),
                (card((0.69, 0.62), 0.4, 6.8, ("A YEAR ON SATURN", 32), ("29.4 Earth years", 30)),),
                says=(Say("Its rings are made of ice and dust.", 1.0),),
            ),
            Scene(
                6.6,
                backdrops.sea(WIDE, "#9fd3e8", "#e6f2f2", ("#2f7f9d", "#1f5f78")),
                (card((0.5, 0.33), 0.5, 6.2, ("HIGH TIDE 06:12", 36), ("Low tide 12:24", 30)),),
                says=(Say("People in the village know these times by heart.", 1.0),),
            ),
            Scene(
                6.6,
                board,
                (card((0.5, 0.45), 0.4, 6.6, ("QUESTION TIME", 38), ("Where does the wind begin?", 28), ink="#ffffff", panel=None),),
                says=(Say("You may look for the answer in your blue book.", 1.0),),
            ),
            Scene(
                6.0,
                backdrops.night(WIDE, 24.0),
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
