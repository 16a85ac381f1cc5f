"""Whole videos at the Files API: sent once, waited for, and deleted whatever happens."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.chat import ChatReply, ChatRequest, Message, WholeVideo
from schemas.codec import to_json
from schemas.errors import EngineError
from schemas.settings import GeminiSettings
from tests.engines.gemini_server import GeminiServer, candidate, failure, serving_gemini
from transforms.engines import gemini_files
from transforms.engines.chat_gemini import GeminiChat
from transforms.engines.chat_openai import native_request
from transforms.engines.patient import guessed_tokens, most_prompt_tokens

SEEN = (200, candidate({"text": "a boat"}))


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    with serving_gemini() as server:
        yield server


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def chat(server: GeminiServer) -> GeminiChat:
    return GeminiChat(GeminiSettings(model="gemini-2.5-flash", base_url=server.url, timeout_s=1.0))


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gemini_files, "_FIRST_LOOK_S", 0.02)


def video(tmp_path: Path, data: bytes = b"moving pictures", name: str = "Hafenrundfahrt für alle.webm") -> WholeVideo:
    path = tmp_path / name
    path.write_bytes(data)
    return WholeVideo(hashlib.sha256(data).hexdigest(), 12.0, str(path))


def about(shown: WholeVideo, text: str = "What is it?") -> ChatRequest:
    return ChatRequest((Message("user", text, video=shown),), (), "none", 0.0, 7, 100)


def kinds(server: GeminiServer) -> list[str]:
    """What came in, in order: begin, send, look, ask, delete."""
    words = {"/upload/": "begin", "/upload-session/": "send", "/v1beta/models/": "ask"}
    return [
        next((word for start, word in words.items() if path.startswith(start)), "look" if way == "GET" else "delete")
        for way, path in server.calls
    ]


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


def test_a_video_is_sent_waited_for_asked_about_and_deleted(
    server: GeminiServer, runner: asyncio.Runner, chat: GeminiChat, tmp_path: Path
) -> None:
    server.script(SEEN, states=("PROCESSING", "PROCESSING", "BUSY", "PROCESSING", "ACTIVE"))
    assert runner.run(chat.complete(about(video(tmp_path)))).text == "a boat"
    assert kinds(server) == ["begin", "send", "look", "look", "look", "look", "ask", "delete"]
    (upload,) = server.uploads
    assert (upload.data, upload.file["mimeType"]) == (b"moving pictures", "video/webm")
    assert "Hafenrundfahrt" not in json.dumps([upload.file, upload.headers])
    (parts,) = [turn["parts"] for turn in server.requests[0]["contents"]]
    uri = f"{server.url}/v1beta/{upload.file['name']}"
    assert parts == [{"fileData": {"fileUri": uri, "mimeType": "video/webm"}}, {"text": "What is it?"}]
    assert server.files == {}


def test_questions_at_once_share_one_upload(
    server: GeminiServer, runner: asyncio.Runner, chat: GeminiChat, tmp_path: Path
) -> None:
    server.script(SEEN, states=("PROCESSING", "ACTIVE"))
    shown = video(tmp_path)

    async def ask() -> list[ChatReply]:
        return await asyncio.gather(*(chat.complete(about(shown, f"Question {n}?")) for n in range(5)))

    assert [reply.text for reply in runner.run(ask())] == ["a boat"] * 5
    assert sorted(kinds(server)) == ["ask"] * 5 + ["begin", "delete", "look", "send"]
    assert kinds(server)[-1] == "delete"


def test_a_large_video_goes_in_pieces(
    server: GeminiServer, runner: asyncio.Runner, chat: GeminiChat, tmp_path: Path
) -> None:
    server.script(SEEN)
    data = bytes(range(256)) * (9 << 12)
    runner.run(chat.complete(about(video(tmp_path, data))))
    assert kinds(server) == ["begin", "send", "send", "ask", "delete"]
    assert server.uploads[0].data == data


def test_a_video_is_deleted_after_a_call_that_failed(
    server: GeminiServer, runner: asyncio.Runner, chat: GeminiChat, tmp_path: Path
) -> None:
    server.script((503, failure(503, "busy")))
    with pytest.raises(EngineError, match="server_error"):
        runner.run(chat.complete(about(video(tmp_path))))
    assert kinds(server) == ["begin", "send", "ask", "delete"]
    assert server.files == {}


def test_one_who_gives_up_takes_nothing_from_the_others(
    server: GeminiServer, runner: asyncio.Runner, chat: GeminiChat, tmp_path: Path
) -> None:
    server.script(SEEN, states=("PROCESSING",) * 4 + ("ACTIVE",))
    shown = video(tmp_path)

    async def story() -> str:
        first = asyncio.create_task(chat.complete(about(shown)))
        second = asyncio.create_task(chat.complete(about(shown)))
        await until(lambda: "look" in kinds(server))
        first.cancel()
        return (await second).text

    assert runner.run(story()) == "a boat"
    assert [kind for kind in kinds(server) if kind != "look"] == ["begin", "send", "ask", "delete"]


@pytest.mark.parametrize("moment", ["look", "ask"])
def test_a_video_is_deleted_after_a_call_that_was_given_up(
    server: GeminiServer, runner: asyncio.Runner, chat: GeminiChat, tmp_path: Path, moment: str
) -> None:
    server.script(SEEN, states=("PROCESSING",) * 99 if moment == "look" else ("ACTIVE",), delay_s=0.3)

    async def story() -> None:
        call = asyncio.create_task(chat.complete(about(video(tmp_path))))
        await until(lambda: moment in kinds(server))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    runner.run(story())
    assert (kinds(server)[-1], server.files) == ("delete", {})


@pytest.mark.parametrize(
    ("states", "code", "transient", "told"),
    [
        (("PROCESSING", "FAILED"), "bad_video", False, "no video stream"),
        (("PROCESSING",), "not_ready", True, "not ready after 1 s"),
    ],
    ids=["failed", "never ready"],
)
def test_a_video_that_cannot_be_used(
    server: GeminiServer,
    runner: asyncio.Runner,
    chat: GeminiChat,
    tmp_path: Path,
    states: tuple[str, ...],
    code: str,
    transient: bool,
    told: str,
) -> None:
    server.script(SEEN, states=states)
    with pytest.raises(EngineError, match=told) as caught:
        runner.run(chat.complete(about(video(tmp_path))))
    assert (caught.value.code, caught.value.transient, caught.value.lasting) == (code, transient, False)
    assert (server.requests, server.files, kinds(server)[-1]) == ([], {}, "delete")


def change(path: Path) -> None:
    path.write_bytes(b"other pictures")


def make_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(Path.unlink, "missing_file"), (make_a_folder, "unreadable"), (change, "changed_while_read")],
    ids=["gone", "unreadable", "changed"],
)
def test_a_file_that_is_not_what_it_was_is_never_sent(
    server: GeminiServer,
    runner: asyncio.Runner,
    chat: GeminiChat,
    tmp_path: Path,
    spoil: Callable[[Path], object],
    code: str,
) -> None:
    server.script(SEEN)
    shown = video(tmp_path)
    spoil(Path(shown.location))
    with pytest.raises(EngineError) as caught:
        runner.run(chat.complete(about(shown)))
    assert (caught.value.code, caught.value.lasting, server.calls) == (code, False, [])
    assert str(tmp_path) not in repr(caught.value)


def test_a_call_after_one_that_failed_starts_anew(
    server: GeminiServer, runner: asyncio.Runner, chat: GeminiChat, tmp_path: Path
) -> None:
    server.script(SEEN, states=("FAILED", "ACTIVE"))
    shown = video(tmp_path)

    async def twice(call: Callable[[], Awaitable[Any]]) -> str:
        with pytest.raises(EngineError, match="bad_video"):
            await call()
        return str((await call()).text)

    assert runner.run(twice(lambda: chat.complete(about(shown)))) == "a boat"
    assert kinds(server) == ["begin", "send", "delete", "begin", "send", "ask", "delete"]


def test_where_a_video_lies_is_in_no_key(tmp_path: Path) -> None:
    shown = video(tmp_path)
    moved = replace(shown, location="/elsewhere/a.mp4")
    assert to_json(about(shown)) == to_json(about(moved))
    assert b"elsewhere" not in to_json(about(moved))


def test_a_video_counts_by_its_length(tmp_path: Path) -> None:
    shown = about(video(tmp_path))
    hidden = replace(shown, messages=(Message("user", "What is it?"),))
    assert most_prompt_tokens(shown) - most_prompt_tokens(hidden) == 12 * 350
    assert guessed_tokens(shown) - guessed_tokens(hidden) == 12 * 350


def test_other_engines_say_that_they_cannot_look_at_one(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be shown a whole video; use a gemini one") as caught:
        native_request(about(video(tmp_path)))
    assert not caught.value.lasting
