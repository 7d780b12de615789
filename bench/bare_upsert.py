"""What anybody would write first: the results of a batch are decoded and upserted, and that is all.

The same contacts and custom fields, in the same tables with the same indexes, by one statement each in one transaction.
No result is recognised when it comes again; nothing is matched, coerced or merged; there is no history, origin, search,
and nobody is told.

`whole` writes as many rows as the mapper does, as plainly: the words and the mark that a contact is found by, what was
applied, the message, and that it is to be published, which is taken back. Nothing decides about any of them either.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from connectors_shared.runtime.postgres import Connection, Work, of_workspaces, transaction
from field_mapper.outbound.repository import BY_INDEX

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


WORDS: Final = """
INSERT INTO contact_words (workspace_id, word, contact_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[]) ON CONFLICT DO NOTHING
"""
MARKS: Final = """
INSERT INTO contact_marks (workspace_id, mark, created_at, contact_id)
SELECT c.workspace_id, filter_key('connector:' || k.connector), c.created_at, c.id
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS k (workspace_id, id, connector)
JOIN contacts c USING (workspace_id, id)
ON CONFLICT DO NOTHING
"""
TOLD: Final = """
WITH made AS (
    SELECT *, nextval('update_order') AS sequence, (now() AT TIME ZONE 'UTC')::date AS made_on
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bytea[])
        AS e (workspace_id, contact_id, execution_id, connector_id, changes, body)
), kept AS (
    INSERT INTO update_bodies (made_on, sequence, workspace_id, body)
    SELECT made_on, sequence, workspace_id, body FROM made
), waiting AS (
    INSERT INTO unpublished_updates (
        workspace_id, subject, sequence, execution_id, mapping_revision, made_on, body_bytes
    )
    SELECT workspace_id, contact_id, sequence, execution_id, 0, made_on, octet_length(body) FROM made
)
INSERT INTO applied_executions (
    workspace_id, execution_id, mapping_revision, contact_id, connector_id, connector_version, flow_id, flow_run_id,
    sequence, created, changes
)
SELECT workspace_id, execution_id, 0, contact_id, connector_id, 1, 'flow', 'run', sequence, false, changes::jsonb
FROM made
"""
PUBLISHED: Final = """
DELETE FROM unpublished_updates u USING unnest($1::uuid[], $2::uuid[]) AS k (workspace_id, subject)
WHERE u.workspace_id = k.workspace_id AND u.subject = k.subject
"""


async def upserted(pool: asyncpg.Pool, bodies: Sequence[bytes], *, whole: bool = False) -> None:
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
        if whole:
            await _told(connection, results, contacts)
    if whole:
        async with transaction(pool, of_workspaces(set(workspaces)) | BY_INDEX, Work.BACKGROUND) as connection:
            await connection.execute(PUBLISHED, workspaces, ids)


async def _told(connection: Connection, results: Sequence[Any], contacts: Sequence[tuple[UUID, UUID, Any]]) -> None:
    words = [
        (workspace_id, USER[name](data).lower(), id_)
        for workspace_id, id_, data in contacts
        for name in ("first_name", "last_name")
    ]
    await connection.execute(WORDS, *zip(*words, strict=True))
    workspaces, ids, _ = zip(*contacts, strict=True)
    await connection.execute(MARKS, workspaces, ids, [one["connectorId"] for one in results])
    values = [{name: way(data) for name, way in [*USER.items(), *CUSTOM.items()]} for _, _, data in contacts]
    await connection.execute(
        TOLD,
        workspaces,
        ids,
        [UUID(one["executionId"]) for one in results],
        [UUID(one["connectorId"]) for one in results],
        [orjson.dumps({"user": told}).decode() for told in values],
        [
            orjson.dumps({"executionId": one["executionId"], "context": one["context"], "userFields": told})
            for one, told in zip(results, values, strict=True)
        ],
    )
