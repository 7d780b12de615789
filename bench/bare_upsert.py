"""What anybody would write first: the results of a batch are decoded and upserted, and that is all.

The same contacts and custom fields, in the same tables with the same indexes, by one statement each in one transaction.
No result is recognised when it comes again; nothing is matched, coerced or merged; there is no history, origin, search,
and nobody is told.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from connectors_shared.runtime.postgres import Work, of_workspaces, transaction

USER: Final[Mapping[str, Callable[[Any], Any]]] = {
    "first_name": lambda data: data["identity"]["firstName"],
    "last_name": lambda data: data["identity"]["lastName"],
    "address": lambda data: data["identity"]["address"],
    "phone": lambda data: "+1" + data["identity"]["phones"][0]["phone"],
    "email": lambda data: data["identity"]["email"],
}
CUSTOM: Final[Mapping[str, Callable[[Any], Any]]] = {
    "income": lambda data: data["data"]["income"],
    "credit_score": lambda data: data["data"]["credit"],
}
UPSERT: Final = f"""
INSERT INTO contacts (workspace_id, id, {", ".join(USER)})
SELECT * FROM unnest($1::uuid[], $2::uuid[], {", ".join(f"${place}::text[]" for place in range(3, 3 + len(USER)))})
ON CONFLICT (workspace_id, id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in USER)}, updated_at = now(), revision = contacts.revision + 1
"""
UPSERT_CUSTOM: Final = """
INSERT INTO contact_custom_fields (workspace_id, contact_id, field_name, field_value, field_type, origin)
SELECT w, c, n, v::jsonb, 'number', '{}' FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS f (w, c, n, v)
ON CONFLICT (workspace_id, contact_id, field_name) DO UPDATE SET field_value = excluded.field_value
"""


async def upserted(pool: asyncpg.Pool, bodies: Sequence[bytes]) -> None:
    """Each of them of another contact."""
    results = [orjson.loads(body) for body in bodies]
    contacts = [(UUID(one["workspaceId"]), UUID(one["context"]["contactId"]), one["data"]) for one in results]
    user: list[Sequence[Any]] = [[way(data) for _, _, data in contacts] for way in USER.values()]
    custom = [
        (workspace_id, id_, name, json.dumps(way(data)))
        for workspace_id, id_, data in contacts
        for name, way in CUSTOM.items()
    ]
    workspaces, ids, _ = zip(*contacts, strict=True)
    async with transaction(pool, of_workspaces(set(workspaces)), Work.BACKGROUND) as connection:
        await connection.execute(UPSERT, workspaces, ids, *user)
        await connection.execute(UPSERT_CUSTOM, *zip(*custom, strict=True))
