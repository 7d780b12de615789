"""Many texts looked for at once: one pass over a body, however many they are (Aho and Corasick)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from connectors_shared.definition.auth.reading import MASK

HEAD_BYTES: Final = 256
"""Of a text, that are looked for; what follows is compared where they are found. So the tables stay small."""
SMALL_BYTES: Final = 2_048
"""Of all heads, up to which the fastest tables are small too."""
Match = tuple[int, int, int]
"""Which head, where it begins, and where it ends."""


class Needles:
    """In UTF-8. The tables are made when they are needed first."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = frozenset(text.encode(errors="surrogatepass") for text in texts if text)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __repr__(self) -> str:
        return f"Needles({len(self._texts)})"

    def __or__(self, other: "Needles") -> "Needles":
        joint = Needles()
        joint._texts = self._texts | other._texts
        return joint

    def are_in(self, body: bytes) -> bool:
        """Is one of them there?"""
        return bool(self._texts) and bool(self._matches(body))

    def masked(self, body: bytes) -> bytes:
        """The very body when none of them is in it."""
        matches = self._matches(body) if self._texts else []
        return b"".join(self._parts(body, matches)) if matches else body

    def masked_text(self, text: str) -> str:
        body = text.encode(errors="surrogatepass")
        masked = self.masked(body)
        return text if masked is body else masked.decode(errors="surrogatepass")

    def pieces(self, text: str) -> Iterator[tuple[str, bool]]:
        """The text in parts, and whether each is one of them, or several that overlap."""
        body, end = text.encode(errors="surrogatepass"), 0
        for start, stop in self._spans(body, self._matches(body) if self._texts else []):
            if start > end:
                yield body[end:start].decode(errors="surrogatepass"), False
            yield body[start:stop].decode(errors="surrogatepass"), True
            end = stop
        if end < len(body):
            yield body[end:].decode(errors="surrogatepass"), False

    @cached_property
    def _heads(self) -> dict[bytes, list[bytes]]:
        """What may follow each, the longest first."""
        heads = defaultdict[bytes, list[bytes]](list)
        for text in sorted(self._texts, key=len, reverse=True):
            heads[text[:HEAD_BYTES]].append(text[HEAD_BYTES:])
        return heads

    @cached_property
    def _tails(self) -> list[list[bytes]]:
        return list(self._heads.values())

    @cached_property
    def _scanner(self) -> BytesAhoCorasick:
        is_small = sum(map(len, self._heads)) <= SMALL_BYTES
        tables = Implementation.DFA if is_small else Implementation.ContiguousNFA
        return BytesAhoCorasick(self._heads, MatchKind.LeftmostLongest, tables)

    def _matches(self, body: bytes) -> list[Match]:
        """From left to right; none overlaps the one before it. Holds no interpreter lock."""
        return self._scanner.find_matches_as_indexes(body)

    def _parts(self, body: bytes, matches: Iterable[Match]) -> Iterator[bytes]:
        mask, end = MASK.encode(), 0
        for start, stop in self._spans(body, matches):
            yield body[end:start]
            yield mask
            end = stop
        yield body[end:]

    def _spans(self, body: bytes, matches: Iterable[Match]) -> Iterator[tuple[int, int]]:
        """From where to where they are; those that overlap are one."""
        begin, end = -1, -1
        for which, start, stop in matches:
            tail = next((tail for tail in self._tails[which] if body.startswith(tail, stop)), b"")
            if start >= end:
                if begin >= 0:
                    yield begin, end
                begin = start
            end = max(end, stop + len(tail))
        if begin >= 0:
            yield begin, end
