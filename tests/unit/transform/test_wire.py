"""Frames survive any cutting of the pipe's bytes."""

from hypothesis import given
from hypothesis import strategies as st

from connector_executor.transform.wire import (
    LENGTH_BYTES,
    Answer,
    AnswerStream,
    Request,
    decode_request,
    frame,
    length_of,
)

ANSWERS = st.builds(
    Answer, st.none() | st.binary(max_size=50), st.text(max_size=8), st.text(max_size=20), st.booleans()
)


@given(st.lists(ANSWERS, max_size=6), st.integers(1, 40))
def test_answers_come_out_as_they_went_in_however_the_bytes_are_cut(answers: list[Answer], step: int) -> None:
    data = b"".join(map(frame, answers))
    stream = AnswerStream()
    received = [answer for start in range(0, len(data), step) for answer in stream.feed(data[start : start + step])]
    assert received == answers


@given(st.builds(Request, st.text(), st.binary(), st.none() | st.binary(), st.floats(0.001, 60)))
def test_a_request_comes_out_as_it_went_in(request: Request) -> None:
    data = frame(request)
    assert length_of(data) == len(data) - LENGTH_BYTES
    assert decode_request(data[LENGTH_BYTES:]) == request
