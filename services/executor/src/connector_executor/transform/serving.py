"""The loop of a worker: one request after the other, until the input ends."""

import os
import resource
import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from connector_executor.transform.engines import Engines
from connector_executor.transform.exact_engine import RECURSION_LIMIT
from connector_executor.transform.wire import LENGTH_BYTES, READY, Settings, decode_request, frame, length_of

_CPU_GRACE_SECONDS = 2


def serve(requests: BinaryIO, answers: int, settings_json: str) -> None:
    """Writes an answer to the file descriptor `answers` for every request, in the order of the requests."""
    settings = msgspec.json.decode(settings_json, type=Settings)
    os.nice(settings.niceness)
    engines = Engines(settings.cache_entries, settings.max_result_bytes)
    sys.setrecursionlimit(RECURSION_LIMIT)
    _write(answers, frame(READY))
    for payload in _payloads(requests):
        request = decode_request(payload)
        _limit_cpu(request.deadline_seconds)
        started = time.process_time()  # what another process takes meanwhile does not make it slow
        answer = engines.answer(request)
        _write(answers, frame(msgspec.structs.replace(answer, seconds=time.process_time() - started)))
        if answer.retiring:
            return


def _limit_cpu(deadline_seconds: float) -> None:
    """The kernel ends an evaluation whose supervisor is gone."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(usage.ru_utime + usage.ru_stime + deadline_seconds) + _CPU_GRACE_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard != resource.RLIM_INFINITY:
        allowed = min(allowed, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def _payloads(source: BinaryIO) -> Iterator[bytes]:
    while len(header := source.read(LENGTH_BYTES)) == LENGTH_BYTES:
        yield source.read(length_of(header))


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
