"""`vllm serve` with the options of vLLM 0.32 that we give it."""

import argparse
import os
import threading

from tests.engines.doubles.openai_http import start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("model")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--gpu-memory-utilization", type=float, default=0.92)
    parser.add_argument("--tensor-parallel-size", type=int, default=1)
    parser.add_argument("--max-model-len", type=int)
    parser.add_argument("--revision")
    parser.add_argument("--tool-call-parser")
    parser.add_argument("--enable-auto-tool-choice", action="store_true")
    args = parser.parse_args()
    if args.enable_auto_tool_choice and not args.tool_call_parser:
        raise TypeError("--enable-auto-tool-choice requires --tool-call-parser")
    assert args.host == "127.0.0.1"
    print("pid", os.getpid(), flush=True)
    start(args.port, f"{args.model} {args.max_model_len} {args.tool_call_parser}")
    threading.Event().wait()


if __name__ == "__main__":
    main()
