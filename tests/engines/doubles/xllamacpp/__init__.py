"""As much of xllamacpp 2026.10 as our program uses, with the same names: parameters, and a server that is up when it
has been made. What it is told stands in its replies' `model`."""

from pathlib import Path
from types import SimpleNamespace

from tests.engines.doubles.openai_http import start


class CommonParams:
    def __init__(self) -> None:
        self.model = SimpleNamespace(path="")
        self.hostnames = ["127.0.0.1"]
        self.port = 0
        self.cors_origins = "*"
        self.n_parallel = 1
        self.n_ctx = 0
        self.cpuparams = SimpleNamespace(n_threads=-1)
        self.cpuparams_batch = SimpleNamespace(n_threads=-1)


class Server:
    def __init__(self, params: CommonParams) -> None:
        if not Path(params.model.path).read_bytes().startswith(b"GGUF"):
            raise RuntimeError(f"failed to load {params.model.path}")
        told = (params.n_parallel, params.n_ctx, params.cpuparams.n_threads, params.cpuparams_batch.n_threads)
        self._http = start(params.port, " ".join(map(str, told)))

    @property
    def listening_address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"
