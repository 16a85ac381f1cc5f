"""A cooking short with prices, vertical, 30 frames a second."""

from samples import backdrops
from samples.script import Film, Say, Scene, Shape, across, card, down, line_of_runs

SIZE = (360, 640)


def film() -> Film:
    """Near-twins: two steps, and two kinds of tomatoes."""
    stove = backdrops.kitchen(SIZE, "#f2f6f5", "#b98a5a", "#c9483a")
    market = backdrops.stripes(SIZE, "#f6eddc", "#3b8f5c", "#fbf7ee")
    drop = Shape("circle", "orange", 58, 0.4, 1.6, down(0.5, -0.03, 0.655))
    leaf = Shape("triangle", "green", 50, 0.5, 3.0, down(0.5, 0.5, 1.0))
    grain = Shape("square", "white", 44, 0.3, 1.7, across(0.4))
    return Film(
        "soup",
        *SIZE,
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
                backdrops.plain(SIZE, "#26543f", "#1b3d2e"),
                (
                    card(
                        (0.5, 0.42),
                        0.2,
                        7.0,
                        ("YOU NEED", 34),
                        ("6 tomatoes", 30),
                        ("2 onions", 30),
                        ("1 litre of water", 30),
                        align="left",
                    ),
                ),
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
                backdrops.plain(SIZE, "#fbe3c0", "#f7d49a"),
                (
                    card(
                        (0.5, 0.35), 0.0, 6.2, ("STEP 1", 40), ("Fry the onions", 32), ("for 5 minutes", 32), panel=None
                    ),
                ),
                says=(Say("Keep the heat low and stir with a wooden spoon.", 1.0),),
            ),
            Scene(
                6.2,
                backdrops.plain(SIZE, "#cfe3f3", "#aecde6"),
                (
                    card(
                        (0.5, 0.5), 0.3, 5.8, ("STEP 2", 40), ("Boil the soup", 32), ("for 15 minutes", 32), panel=None
                    ),
                ),
                says=(Say("You can use this time to call your mother.", 1.0),),
            ),
            Scene(
                7.4,
                backdrops.plain(SIZE, "#f4f0e6", "#e3ead6"),
                (card((0.5, 0.25), 0.4, 7.0, ("Fresh basil", 36), ("1.80 per pot", 32)),),
                line_of_runs(leaf, 2, 0.8),
                (Say("Never cut the leaves with a knife.", 1.4),),
            ),
            Scene(
                5.8,
                backdrops.plain(SIZE, "#7a2e2e", "#4f1c1c"),
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
                backdrops.plain(SIZE, "#30475e", "#22344a"),
                (
                    card(
                        (0.5, 0.38),
                        0.5,
                        6.2,
                        ("Serves 4 people", 34),
                        ("Keeps for 3 days", 30),
                        ink="#ffffff",
                        panel=None,
                    ),
                ),
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
