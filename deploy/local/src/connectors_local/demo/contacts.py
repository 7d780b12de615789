"""The hundred contacts of the demo as their owner knows them: incomplete and out of date."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from uuid import UUID, uuid5

from connectors_shared.contract.contact import USER_FIELDS


@dataclass(frozen=True, slots=True)
class DemoContact:
    """A row of the file. `fields` holds the user fields that are known; `phone` is written as in the file."""

    id: UUID
    phone: str
    fields: dict[str, str]


def demo_contacts(workspace_id: UUID) -> list[DemoContact]:
    """The same ids on every run, so that a second run finds the contacts of the first."""
    text = files(__package__).joinpath("contacts.csv").read_text("utf-8")
    return read_contacts(io.StringIO(text, newline=""), workspace_id)


def read_contacts(lines: Iterable[str], workspace_id: UUID) -> list[DemoContact]:
    """CSV with a header of user fields, `phone` among them. Raises ValueError when it is something else."""
    reader = csv.DictReader(lines, strict=True)
    header = reader.fieldnames or ()
    if unknown := [name for name in header if name not in USER_FIELDS]:
        raise ValueError(f"columns that are no user fields: {', '.join(unknown)}")
    if "phone" not in header:
        raise ValueError("the column phone is missing")
    return [
        DemoContact(
            id=uuid5(workspace_id, f"demo-contact:{row['phone']}"),
            phone=row["phone"],
            fields={name: value for name, value in row.items() if value},
        )
        for row in reader
    ]
