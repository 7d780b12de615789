"""A request whose end a proxy may see elsewhere is refused, and nothing behind it is taken for another one."""

import pytest

from tests.unit.shared.test_silent_callers import WHOLE, answer, connected

CHUNKED = b"5\r\nhello\r\n0\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\n"
DOUBTFUL = {
    "length first": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "coding first": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
    "in other letters": POST + b"tRANSFER-eNCODING: Chunked\r\ncONTENT-lENGTH: 5\r\n\r\n",
    "no length at all": POST + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "an old protocol": b"POST /echo HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
}


@pytest.mark.parametrize("head", DOUBTFUL.values(), ids=DOUBTFUL)
async def test_it_is_refused_and_the_connection_ends(head: bytes) -> None:
    async with connected() as (reader, writer):
        writer.write(head + CHUNKED + WHOLE)
        answered = await reader.read()
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert answered.count(b"HTTP/1.1 ") == 1


async def test_one_in_chunks_is_taken_and_so_is_the_next() -> None:
    async with connected() as (reader, writer):
        writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED + WHOLE)
        assert await answer(reader) == b"HTTP/1.1 200 OK hello"
        assert await answer(reader) == b"HTTP/1.1 200 OK hello"
