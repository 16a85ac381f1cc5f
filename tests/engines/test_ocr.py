import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from schemas.codec import canonical
from transforms.engines.ocr import RapidOcr, weakest_letter
from transforms.perceive.follow import CLEAR


def card(lines: list[str], size: int = 28, width: int = 480, height: int = 270) -> np.ndarray:
    """Dark lines of text on a light picture, from the top left; line n begins at (40, 30 + 2 n size)."""
    picture = Image.new("RGB", (width, height), (240, 238, 230))
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((40, 30 + 2 * number * size), line, font=ImageFont.load_default(size), fill=(25, 25, 40))
    return np.asarray(picture)


def test_reads_lines_where_they_stand() -> None:
    lines = RapidOcr().read(card(["GATE 14 OPENS AT 09:30", "GATE 41 OPENS AT 09:50"]))
    assert [line.text for line in lines] == ["GATE 14 OPENS AT 09:30", "GATE 41 OPENS AT 09:50"]
    for line, top in zip(lines, (30, 86), strict=True):
        x0, y0, x1, y1 = line.box
        assert x0 == pytest.approx(40 / 480, abs=0.02)
        assert y0 < (top + 16) / 270 < y1
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        assert 0.95 <= line.score <= 1.0


@pytest.mark.parametrize("shape", [(240, 320), (1, 1), (7, 300), (300, 7)], ids=["blank", "dot", "flat", "tall"])
def test_a_picture_without_text_gives_nothing(shape: tuple[int, int]) -> None:
    assert RapidOcr().read(np.full((*shape, 3), 200, dtype=np.uint8)) == ()


def test_reads_a_slim_strip() -> None:
    strip = card(["TICKET PRICES"], size=24)[24:64]
    (line,) = RapidOcr().read(strip)
    assert line.text == "TICKET PRICES"
    assert line.box[3] <= 1.0


def test_a_letter_that_is_misread_shows_in_the_weakest_and_hardly_in_the_score() -> None:
    clean = card(["Greetings from Alder"])
    struck = Image.fromarray(clean)
    # Through the second e.
    ImageDraw.Draw(struck).line((85, 58, 106, 44), fill=(25, 25, 40), width=3)
    (right,), (wrong,) = RapidOcr().read(clean), RapidOcr().read(np.asarray(struck))
    assert (right.text, wrong.text) == ("Greetings from Alder", "Greøtings from Alder")
    assert right.weakest > 0.99
    assert wrong.score > 0.97
    assert wrong.weakest < CLEAR


@pytest.mark.parametrize(
    ("text", "scores", "weakest"),
    [
        ("is for?", [0.9, 0.8, 0.1, 0.9, 0.9, 0.9, 0.2], 0.8),
        ("M&M", [0.9, 0.3, 0.9], 0.3),
        ("• 9", [0.1, 0.2, 0.7], 0.7),
        ("吊顶？", [0.9, 0.6, 0.1], 0.6),
        ("—", [0.1], 1.0),
    ],
    ids=["edge", "inner", "bullet", "chinese", "no letter"],
)
def test_the_weakest_is_of_letters_and_of_signs_between_them(text: str, scores: list[float], weakest: float) -> None:
    assert weakest_letter(text, scores) == weakest


def listing() -> np.ndarray:
    """Two rows of two columns as a terminal draws them, two spaces between them, and a sentence beside them."""
    picture = Image.new("RGB", (800, 270), (12, 12, 20))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(24)
    for number, row in enumerate(["libexec  sbin", "include  share"]):
        for place, letter in enumerate(row):
            draw.text((40 + 14 * place, 40 + 60 * number), letter, font=font, fill=(235, 235, 235), anchor="ma")
    draw.text((400, 100), "The boat leaves at noon", font=font, fill=(235, 235, 235), anchor="la")
    return np.asarray(picture)


def test_columns_of_a_listing_are_lines_of_their_own() -> None:
    lines = {line.text: line for line in RapidOcr().read(listing())}
    assert set(lines) == {"libexec", "sbin", "include", "share", "The boat leaves at noon"}
    for left, right, top in (("libexec", "sbin", 40), ("include", "share", 100)):
        (x0, y0, x1, y1), (x2, _, x3, _) = lines[left].box, lines[right].box
        assert y0 < (top + 14) / 270 < y1
        assert x0 == pytest.approx(33 / 800, abs=0.01)
        assert x1 == pytest.approx((40 + 14 * 7) / 800, abs=0.01)
        assert x2 == pytest.approx((40 + 14 * 8) / 800, abs=0.01)
        assert x1 < x2 < x3
        assert all(0.95 <= lines[text].score <= 1.0 and lines[text].weakest > 0.9 for text in (left, right))


def test_columns_of_a_listing_that_lies_on_its_side() -> None:
    lines = {line.text: line for line in RapidOcr().read(np.ascontiguousarray(np.rot90(listing(), -1)))}
    upper, lower = lines["libexec"].box, lines["sbin"].box
    assert upper[3] < lower[1]
    assert upper[0] == pytest.approx(lower[0], abs=0.01)


def test_threads_and_copies_read_the_same() -> None:
    picture = card(["Hot soup until 16:45"])
    alone = RapidOcr().read(picture)
    copy: RapidOcr = pickle.loads(pickle.dumps(RapidOcr()))
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(copy.read, [picture, picture])) == [alone, alone]
    assert alone[0].text == "Hot soup until 16:45"


def test_identity_is_plain_and_stable() -> None:
    assert canonical(RapidOcr().identity) == canonical(RapidOcr().identity)
    assert RapidOcr().identity["name"] == RapidOcr().name == "rapidocr"
