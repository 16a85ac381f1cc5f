"""As much of vLLM 0.32 as our engine uses, with the signatures of `vllm.LLM`, `vllm.SamplingParams` and
`vllm.outputs`: no model, but the same checks of what it is given, and the same shape of what comes back."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .sampling_params import SamplingParams, StructuredOutputsParams

__all__ = ["LLM", "SamplingParams", "StructuredOutputsParams"]

ANSWER = '{"thought": "I know.", "answer": "B"}'
MOST_CHARACTERS = 1000


@dataclass
class CompletionOutput:
    index: int
    text: str
    token_ids: Sequence[int]
    cumulative_logprob: float | None
    logprobs: Any
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    request_id: str
    prompt: str | None
    prompt_token_ids: list[int] | None
    prompt_logprobs: Any
    outputs: list[CompletionOutput]
    finished: bool
    num_cached_tokens: int | None = None


class LLM:
    made: "list[LLM]" = []

    def __init__(
        self,
        model: str,
        *,
        tensor_parallel_size: int = 1,
        revision: str | None = None,
        seed: int = 0,
        gpu_memory_utilization: float = 0.92,
        **kwargs: Any,
    ) -> None:
        if model == "broken":
            raise RuntimeError("CUDA error: no device in /dev/nvidia0")
        if model == "leaves":
            raise SystemExit("CUDA error: no device in /dev/nvidia0")
        self.told = (model, tensor_parallel_size, revision, gpu_memory_utilization, kwargs)
        self.batches: list[int] = []
        self.params: list[SamplingParams] = []
        self._thread = threading.get_ident()
        LLM.made.append(self)

    def chat(
        self,
        messages: Sequence[list[dict[str, Any]]],
        sampling_params: SamplingParams | Sequence[SamplingParams] | None = None,
        use_tqdm: bool | Callable[..., Any] = True,
        tools: list[dict[str, Any]] | None = None,
    ) -> list[RequestOutput]:
        assert threading.get_ident() == self._thread, "vllm.LLM is for one thread"
        assert isinstance(sampling_params, list) and len(sampling_params) == len(messages)
        self.batches.append(len(messages))
        for conversation in messages:
            length = sum(len(message["content"]) for message in conversation)
            if length > MOST_CHARACTERS:
                raise ValueError(f"The prompt ({length}) is longer than the maximum model length in /opt/models")
            if any("die" in message["content"] for message in conversation):
                raise RuntimeError("EngineCore died")
            if any("hang" in message["content"] for message in conversation):
                time.sleep(3)
        self.params += sampling_params
        time.sleep(0.05)
        return [_output(n, params) for n, params in enumerate(sampling_params)]


def _output(n: int, params: SamplingParams) -> RequestOutput:
    text, finish = (ANSWER, "stop") if params.max_tokens and params.max_tokens > 4 else ('{"thou', "length")
    said = CompletionOutput(0, text, [1, 2, 3], None, None, finish)
    return RequestOutput(str(n), "", [1] * 12, None, [said], True, 11)
