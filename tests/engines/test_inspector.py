"""Looking at a window by a chat model: what it is shown and told, and what becomes of replies, good and bad."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import EngineError
from schemas.settings import Inspector
from schemas.span import Span
from tests.engines.chat_server import Server, completion, serving
from tests.engines.vision import fields, numbers_of, text_of
from tests.media.clips import numbered
from tests.timelines import make_timeline
from transforms.engines import build
from transforms.engines.captions import ClipFacts
from transforms.engines.inspector import Inspected, Sight, inspect
from transforms.explore.inspection import sight_of, told
from transforms.media.picture import encode_jpeg
from transforms.store import Store

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


def test_the_pictures_of_a_window_are_spread_over_it() -> None:
    timeline = make_timeline([("GATE 14", 2, 20), ("blurred", 3, 9, (0, 0, 1, 1), False)], [("at noon", 14, 15)])
    clips = [
        ClipFacts(Span(0.0, 10.0), (), (1.0, 4.0, 8.0), ("a", "b", "c")),
        ClipFacts(Span(10.0, 20.0), (), (11.0, 14.0, 18.0), ("d", "e", "f")),
    ]
    assert sight_of(timeline, clips, Span(3.0, 15.0), 2) == Sight(
        Span(3.0, 15.0), (8.0, 14.0), ("c", "e"), ("at noon",), ("GATE 14",)
    )
    assert sight_of(timeline, clips, Span(3.0, 15.0), 9).pictures == ("b", "c", "d", "e")
    # Between two pictures, the nearer one is shown.
    assert sight_of(timeline, clips, Span(5.0, 6.0), 9) == Sight(Span(5.0, 6.0), (4.0,), ("b",), (), ("GATE 14",))
    assert sight_of(timeline, [], Span(30.0, 31.0), 9) == Sight(Span(30.0, 31.0), (), (), (), ())
