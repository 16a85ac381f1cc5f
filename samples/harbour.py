"""A guide to a ferry terminal, landscape, 25 frames a second."""

from samples import backdrops
from samples.script import Film, Say, Scene, Shape, across, card, line_of_runs

SIZE = (640, 360)


def film() -> Film:
    """Near-twins: two gates, and two last boats of which the second replaces the first without a cut."""
    town = backdrops.skyline(SIZE, "#8ec3e6", "#f3e3c3", "#5b4a5e")
    navy = backdrops.plain(SIZE, "#0f3057", "#123c69")
    bay = backdrops.sea(SIZE, "#b7dcf2", "#eaf4f4", ("#3f88b5", "#276892"))
    cape = backdrops.sea(SIZE, "#f2b880", "#f6e0c0", ("#3a6f8f", "#28566f"), tower=True)
    cafe = backdrops.stripes(SIZE, "#efe4d2", "#b5483a", "#f7f1e6")
    dusk = backdrops.skyline(SIZE, "#22254b", "#7a4f7d", "#171a33")
    ball = Shape("circle", "red", 64, 0.3, 2.5, across(0.48))
    flag = Shape("triangle", "green", 56, 0.6, 3.2, across(0.78, reverse=True))
    return Film(
        "harbour",
        *SIZE,
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
                (
                    card(
                        (0.5, 0.4),
                        0.4,
                        7.2,
                        ("GATE 14 OPENS AT 09:30", 36),
                        ("North pier, blue signs", 28),
                        ink="#ffffff",
                        panel=None,
                    ),
                ),
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
                backdrops.plain(SIZE, "#dfeee8", "#c5ddd3"),
                (
                    card(
                        (0.34, 0.45),
                        0.0,
                        7.0,
                        ("TICKET PRICES", 34),
                        ("Adult 18.50", 30),
                        ("Student 9.20", 30),
                        ("Bicycle 4.60", 30),
                        align="left",
                    ),
                ),
                says=(Say("Dogs are welcome, but they must stay outside.", 1.5),),
            ),
            Scene(
                7.4,
                cafe,
                (card((0.55, 0.55), 0.8, 7.0, ("PLATFORM CAFE", 36), ("Hot soup until 16:45", 28)),),
                says=(
                    Say("My sister Laura runs the kitchen.", 1.0),
                    Say("She makes apple cake every Saturday morning."),
                ),
            ),
            Scene(
                6.8,
                backdrops.plain(SIZE, "#174d38", "#1d6247"),
                (
                    card(
                        (0.55, 0.6),
                        0.3,
                        6.4,
                        ("GATE 41 OPENS AT 09:50", 36),
                        ("South pier, green signs", 28),
                        ink="#ffffff",
                        panel=None,
                    ),
                ),
                says=(Say("The evening ship carries trucks and coffee to the city of Boston.", 0.9),),
            ),
            Scene(
                7.6,
                backdrops.plain(SIZE, "#f4ecd8", "#e5d8b8"),
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
