"""How keys are named in Redis, and which part of the store a workspace is in.

One primary is one part: every workspace has a hash tag of its own. A cluster is as many parts as there are `TAGS`: a
script runs in one slot, which has to hold all that it looks at, also what the store knows of its own memory; so all of
a part is under one tag.
"""

from zlib import crc32

TAGS = ("04s", "15s", "26s", "37s", "40s", "51s", "62s", "73s", "83r", "92r", "aoo", "b1h", "c00", "d7h", "eko", "fy5")
"""Their slots are a sixteenth of all apart: primaries with as many slots have as many parts. They name the layout, too:
with others an executor finds nothing, as in a store that has lost its memory, and has it refilled."""


def part_of(workspace_id: str, parts: int) -> int:
    """The number of its part."""
    return crc32(workspace_id.encode()) % parts if parts > 1 else 0


class Keys:
    """`head` and `tail` stand around the workspace. `tag`: of a part of a cluster. `memory`: see `join.lua`."""

    def __init__(self, prefix: str, tag: str | None = None) -> None:
        if tag is None:
            self.head, self.tail, self.memory = f"{prefix}:{{", "}:", f"{prefix}:memory"
        else:
            self.head, self.tail = f"{prefix}:{{{tag}}}:", ":"
            self.memory = f"{self.head}memory"
