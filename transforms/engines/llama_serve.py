"""llama.cpp's own server on a GGUF file, as a program of its own: `chat_local` starts it.

It imports nothing of ours, so that it can be run as a file.
"""

import argparse
import threading


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--context", type=int, required=True, help="tokens of one conversation")
    parser.add_argument("--conversations", type=int, required=True, help="how many at once")
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = args.model
    params.hostnames = ["127.0.0.1"]
    params.port = args.port
    # No page of a browser on this machine may ask.
    params.cors_origins = "null"
    params.n_parallel = args.conversations
    params.n_ctx = args.context * args.conversations
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = args.threads
    server = xllamacpp.Server(params)
    print("listening at", server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
