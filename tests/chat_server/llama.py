"""A real llama.cpp server with the embedded model, on a port of this machine."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTEXT = 1024
"""Tokens of a slot."""

TEMPLATE = "chatml"
"""The embedded model is a base model; how it is talked to does not matter where only the protocol is tested."""


@contextmanager
def llama_server(model: Path, *, key: str, slots: int = 2) -> Iterator[str]:
    """The base URL of a server that wants this key; it ends with the block."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait must not spin: others run here, too
    from xllamacpp import CommonParams, Server

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    params = CommonParams()
    params.model.path = str(model)
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.api_keys = [key]
    params.chat_template = TEMPLATE
    params.n_parallel = slots
    params.n_ctx = CONTEXT * slots
    params.n_batch = params.n_ubatch = 128
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = min(4, os.cpu_count() or 1)
    params.warmup = False
    params.verbosity = -1
    server = Server(params)
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server
