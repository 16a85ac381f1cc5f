"""Looking at a window by a chat model: what it is shown and told, and what becomes of replies, good and bad."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import EngineError
from schemas.scan import FrameTimes
from schemas.settings import Inspector
from schemas.span import Span
from schemas.trajectory import Frame
from tests.engines.chat_server import Server, completion, serving
from tests.engines.vision import fields, numbers_of, text_of
from tests.media.clips import numbered
from tests.timelines import make_timeline
from transforms.engines import build
from transforms.engines.inspector import Inspected, Sight, inspect
from transforms.explore.inspection import NOTHING_SHOWN, requests_of, sight_of, told
from transforms.explore.inspection import looked as told_of
from transforms.media.picture import encode_jpeg
from transforms.store import Store
from transforms.tools.base import FrameRequest
from transforms.tools.inspect import is_sure

GOOD: dict[str, Any] = {"evidence": "The sign says GATE 14.", "answer": "GATE 14", "confidence": 0.97, "missing": ""}


def says(value: Any) -> tuple[int, Any]:
    return 200, completion({"content": json.dumps(value)}, "stop")


def looked(server: Server, store: Store, question: str = "What does\nthe sign say?") -> Inspected:
    engine = {"type": "openai", "model": "eyes", "base_url": server.url, "api_key_env": ""}
    settings = Inspector.model_validate({"engine": engine, "seed": 5, "max_tokens": 99})
    pictures = tuple(store.put_blob(encode_jpeg(numbered(number))) for number in (7, 9))
    sight = Sight(Span(12.0, 22.0), (12.0, 13.5), pictures, ('Say "soup".',), ("GATE 14",))
    return asyncio.run(inspect(build.bare_chat(settings.engine), sight, question, settings, store))


def test_the_model_sees_the_window_and_is_asked_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with serving(says(GOOD)) as server:
        first, second = looked(server, store), looked(server, store)
    assert first == second == Inspected(**GOOD)
    (sent,) = server.requests
    assert numbers_of(sent) == [7, 9]
    assert (sent["temperature"], sent["seed"], sent["max_completion_tokens"]) == (0.0, 5, 99)
    assert fields(sent) == {"evidence", "answer", "confidence", "missing"}
    words = text_of(sent)
    assert "2 frames at 12.00, 13.50 s, from 12.0 to 22.0 s" in words
    assert 'asks: "What does the sign say?"' in words
    assert 'Heard: "Say \\"soup\\"."\nWritten on screen: "GATE 14"\n' in words


@pytest.mark.parametrize("confidence", [-0.1, 1.5, "high"])
def test_a_confidence_that_is_none_is_asked_for_again(tmp_path: Path, confidence: Any) -> None:
    with serving(says({**GOOD, "confidence": confidence}), says(GOOD)) as server:
        assert looked(server, Store(tmp_path)) == Inspected(**GOOD)
    assert "confidence" in server.requests[1]["messages"][-1]["content"]
    with serving(says({**GOOD, "confidence": confidence})) as server, pytest.raises(EngineError) as caught:
        looked(server, Store(tmp_path / "other"))
    assert (caught.value.code, len(server.requests)) == ("bad_inspection", 2)


def test_below_the_threshold_no_answer_is_told() -> None:
    seen = Inspected(evidence="A  hall.\n", answer="Gate 14", confidence=0.6, missing="")
    assert told(seen, 0.6) == "Answer: Gate 14\nEvidence: A hall.\nConfidence: 0.60"
    assert told(seen, 0.7) == "Search more: this is not enough to be sure.\nEvidence: A hall.\nConfidence: 0.60"
    unsure = Inspected(evidence="A hall.", answer="", confidence=0.0, missing="a sign")
    assert told(unsure, 0.7) == "Search more: a sign\nEvidence: A hall.\nConfidence: 0.00"


SETTINGS = Inspector.model_validate(
    {"engine": {"type": "openai", "model": "m", "base_url": "http://127.0.0.1:9", "api_key_env": ""}, "frames": 4}
)
TIMES = FrameTimes(tuple(2.0 + n / 2 for n in range(37)), 21.0)
"""Two frames a second from 2 to 20 s; the last of them stays until 21 s."""


def shown(start_s: float, end_s: float) -> list[float]:
    requests = requests_of(TIMES, Span(start_s, end_s), SETTINGS)
    assert requests == tuple(FrameRequest(one.pts_s, None, SETTINGS.pixels) for one in requests)
    return [one.pts_s for one in requests]


def test_frames_of_a_window_are_spread_over_it() -> None:
    assert shown(12.0, 14.0) == [12.0, 12.5, 13.0, 13.5]
    assert shown(4.0, 20.0) == [6.0, 10.0, 14.0, 18.0]
    assert shown(12.0, 12.8) == [12.0, 12.5], "there are no more"


def test_a_frame_that_stays_on_screen_is_of_the_window() -> None:
    assert shown(12.1, 12.4) == [12.0]
    assert shown(20.6, 21.0) == [20.0]


def test_no_frame_outside_a_window_is_looked_at() -> None:
    assert shown(0.0, 1.5) == []
    assert shown(21.0, 22.0) == []


def test_where_nothing_is_shown_nobody_is_asked(tmp_path: Path) -> None:
    with serving(says(GOOD)) as server:
        settings = SETTINGS.model_copy(update={"engine": SETTINGS.engine.model_copy(update={"base_url": server.url})})
        chat, span = build.bare_chat(settings.engine), Span(0.0, 1.5)
        said = asyncio.run(told_of(chat, make_timeline([], []), span, (), "Who?", settings, Store(tmp_path)))
    assert (said, server.requests) == (NOTHING_SHOWN, [])
    assert not is_sure(f"From 0.0 s to 1.5 s:\n{said}")


def test_the_words_of_a_window_come_with_its_frames() -> None:
    timeline = make_timeline([("GATE 14", 2, 20), ("blurred", 3, 9, (0, 0, 1, 1), False)], [("at noon", 14, 15)])
    frames = [Frame("a", 8.0, None, 320, 180), Frame("b", 14.0, None, 320, 180)]
    span = Span(3.0, 15.0)
    assert sight_of(timeline, span, frames) == Sight(span, (8.0, 14.0), ("a", "b"), ("at noon",), ("GATE 14",))
