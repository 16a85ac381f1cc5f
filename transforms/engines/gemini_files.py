"""Video files at Google's Files API: each is there once for all calls about it, and gone when the last one is over.

What is left behind all the same (a machine that lost its power) Google deletes after 48 hours.
"""

import asyncio
import hashlib
import io
import mimetypes
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.chat import WholeVideo
from schemas.errors import EngineError
from transforms.engines.retry import RETRIED

if TYPE_CHECKING:
    from google.genai.client import AsyncClient
    from google.genai.types import File

_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.25, 5.0
"""Between two looks whether a file is ready: a short clip takes a second or two, an hour of video minutes."""
_LONGEST_GOODBYE_S = 10.0
"""An answer that is there waits no longer for the file to be deleted."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file at the server, as a request names it."""

    uri: str
    mime_type: str


@dataclass
class _Loan:
    """`name` is ours, so that the file can be deleted even when nobody saw its upload end."""

    name: str
    users: int = 0
    begun: bool = False
    ready: "asyncio.Task[Uploaded] | None" = None


class VideoFiles:
    """Everything happens on one event loop."""

    def __init__(
        self, client: "AsyncClient", timeout_s: float, told_as_ours: Callable[[], AbstractContextManager[None]]
    ) -> None:
        """`timeout_s` is the longest wait for an uploaded file to become ready, in seconds."""
        self._client, self._timeout_s, self._told_as_ours = client, timeout_s, told_as_ours
        self._loans: dict[str, _Loan] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lend(self, video: WholeVideo) -> AsyncIterator[Uploaded]:
        """The file at the server for as long as the block lasts. Blocks about the same file at once share one upload.

        Raises:
            EngineError: `missing_file`, `unreadable`, `changed_while_read`, `bad_video` (the server cannot read it),
                `not_ready`, or what a request can raise.
        """
        loan = self._loans.get(video.sha256)
        if loan is None:
            loan = self._loans[video.sha256] = _Loan(f"files/frametrail-{uuid.uuid4().hex[:24]}")
            loan.ready = asyncio.create_task(self._upload(loan, video))
        assert loan.ready is not None
        loan.users += 1
        try:
            # One who gives up does not end the upload for the others.
            yield await asyncio.shield(loan.ready)
        finally:
            loan.users -= 1
            if not loan.users:
                del self._loans[video.sha256]
                leaving = asyncio.create_task(self._remove(loan))
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)
                await asyncio.shield(leaving)

    async def _upload(self, loan: _Loan, video: WholeVideo) -> Uploaded:
        mime_type = mimetypes.guess_type(video.location)[0] or "video/mp4"
        with _reading(video) as file:
            await asyncio.to_thread(_check, file, video)
            loan.begun = True
            with self._told_as_ours():
                # An open file, not a path: with a path its name would be sent along.
                there = await self._client.files.upload(file=file, config={"name": loan.name, "mime_type": mime_type})
        there = await self._until_ready(there, loan.name)
        if there.state == "FAILED":
            why = there.error.message if there.error and there.error.message else "it does not say why"
            raise EngineError("bad_video", f"the server could not read the video ({why}); re-encode it", lasting=False)
        if not there.uri:
            raise EngineError("bad_reply", "the server gave an uploaded video no address", transient=True)
        return Uploaded(there.uri, there.mime_type or mime_type)

    async def _until_ready(self, there: "File", name: str) -> "File":
        """Looks again until the file is no longer worked on. A look that fails for a moment is only a lost look."""
        end, pause_s = time.monotonic() + self._timeout_s, _FIRST_LOOK_S
        while there.state == "PROCESSING":
            if time.monotonic() + pause_s > end:
                raise EngineError(
                    "not_ready",
                    f"an uploaded video was not ready after {self._timeout_s:g} s; raise timeout_s",
                    transient=True,
                )
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_LOOK_S)
            try:
                with self._told_as_ours():
                    there = await self._client.files.get(name=name)
            except EngineError as error:
                if error.code not in RETRIED:
                    raise
        return there

    async def _remove(self, loan: _Loan) -> None:
        assert loan.ready is not None
        loan.ready.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await loan.ready
        if loan.begun:
            # An answer that is there must not be lost over this; the file would go by itself.
            with suppress(EngineError), self._told_as_ours():
                async with asyncio.timeout(_LONGEST_GOODBYE_S):
                    await self._client.files.delete(name=loan.name)


@contextmanager
def _reading(video: WholeVideo) -> Iterator[io.BufferedReader]:
    try:
        with Path(video.location).open("rb") as file:
            yield file
    except FileNotFoundError:
        raise EngineError("missing_file", "the video to be uploaded is gone; put it back", lasting=False) from None
    except OSError as error:
        raise EngineError(
            "unreadable", f"the video to be uploaded cannot be read ({error.strerror}); change that", lasting=False
        ) from None


def _check(file: io.BufferedReader, video: WholeVideo) -> None:
    """What is asked about one file must not be answered from another."""
    if hashlib.file_digest(file, "sha256").hexdigest() != video.sha256:
        raise EngineError(
            "changed_while_read", "the video is no longer the file that was read; start again", transient=True
        )
    file.seek(0)
