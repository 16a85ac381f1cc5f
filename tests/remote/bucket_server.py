"""Google Cloud Storage on loopback: gcp-storage-emulator, with the one condition that it leaves out."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import fsspec
from gcp_storage_emulator.handlers import objects
from gcp_storage_emulator.server import create_server

BUCKET = "house-of-videos"

_one_at_a_time = threading.Lock()


def _only_if_absent(upload: Any) -> Any:
    """`ifGenerationMatch=0`: the object is made if there is none, else the answer is 412 (storage.googleapis.com does
    so; the emulator takes no notice)."""

    def conditional(request: Any, response: Any, storage: Any) -> None:
        if request.query.get("ifGenerationMatch") != ["0"]:
            upload(request, response, storage)
            return
        data = request.data
        name = request.query["name"][0] if "name" in request.query else data["meta"]["name"]
        with _one_at_a_time:
            try:
                storage.get_file_obj(request.params["bucket_name"], name)
            except Exception:
                upload(request, response, storage)
            else:
                response.status = HTTPStatus.PRECONDITION_FAILED

    return conditional


@contextmanager
def serve() -> Iterator[dict[str, str]]:
    """A bucket, and the environment in which gs:// leads to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
    original = objects._multipart_upload
    objects._multipart_upload = _only_if_absent(original)
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    environment = {
        "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}",
        "FSSPEC_GS_TOKEN": "anon",
        # Or gcsfs asks by gRPC what kind of bucket it is, which the emulator does not speak, and waits a minute for it.
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
    }
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    fsspec.config.conf["gs"] = {"token": "anon"}
    try:
        yield environment
    finally:
        del fsspec.config.conf["gs"]
        fsspec.get_filesystem_class("gs").clear_instance_cache()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        server.stop()
        objects._multipart_upload = original
