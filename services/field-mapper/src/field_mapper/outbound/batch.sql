-- name: applied_executions
SELECT execution_id, workspace_id, contact_id, contact_updated, sequence
FROM applied_executions
WHERE execution_id = ANY(:execution_ids::uuid[]);

-- name: find_by_id
SELECT c.workspace_id, k.value, c.id
FROM unnest(:workspace_ids::uuid[], :values::text[]) AS k (workspace_id, value)
JOIN contacts c ON c.id = k.value::uuid AND c.workspace_id = k.workspace_id;

-- name: find_by_email
SELECT DISTINCT ON (k.workspace_id, k.value) k.workspace_id, k.value, c.id
FROM unnest(:workspace_ids::uuid[], :values::text[]) AS k (workspace_id, value)
JOIN contacts c ON c.workspace_id = k.workspace_id AND lower(c.email COLLATE "C") = k.value
ORDER BY k.workspace_id, k.value, c.created_at, c.id;

-- name: find_by_phone
SELECT DISTINCT ON (k.workspace_id, k.value) k.workspace_id, k.value, c.id
FROM unnest(:workspace_ids::uuid[], :values::text[]) AS k (workspace_id, value)
JOIN contacts c ON c.workspace_id = k.workspace_id AND c.phone = k.value
ORDER BY k.workspace_id, k.value, c.created_at, c.id;

-- name: lock_buckets
-- Rows of unnest come in the order of the array, so the buckets are locked in the order given.
SELECT pg_advisory_xact_lock(:lock_class::int, bucket) FROM unnest(:buckets::int[]) AS bucket;

-- name: taken_ids
SELECT id FROM contacts WHERE id = ANY(:ids::uuid[]);

-- name: lock_contacts
SELECT * FROM contacts WHERE id = ANY(:ids::uuid[]) ORDER BY id FOR UPDATE;

-- name: load_custom_fields
-- Of a value only whether it is empty matters; all that is there can be far more than is written.
SELECT
    contact_id, field_name, field_type, origin,
    CASE WHEN field_value IN ('null', '""', '[]') THEN field_value ELSE 'true' END AS field_value
FROM contact_custom_fields
WHERE contact_id = ANY(:contact_ids::uuid[]) AND field_name = ANY(:names::text[]);

-- name: custom_field_types
SELECT d.workspace_id, d.name, d.type
FROM unnest(:workspace_ids::uuid[], :names::text[]) AS k (workspace_id, name)
JOIN custom_field_definitions d USING (workspace_id, name);

-- name: define_custom_fields!
INSERT INTO custom_field_definitions (workspace_id, name, type)
SELECT workspace_id, name, type
FROM unnest(:workspace_ids::uuid[], :names::text[], :types::text[]) AS d (workspace_id, name, type)
ON CONFLICT (workspace_id, name) DO NOTHING;

-- name: insert_contacts!
INSERT INTO contacts (
    id, workspace_id, first_name, last_name, email, phone, alternate_phone, address, address_2, city, state,
    zip_code, country, company, job_title, website, timezone, language, tags, notes, origins
)
SELECT
    id, workspace_id, first_name, last_name, email, phone, alternate_phone, address, address_2, city, state,
    zip_code, country, company, job_title, website, timezone, language, tags, notes, origins
FROM jsonb_populate_recordset(NULL::contacts, :contacts::jsonb);

-- name: update_contacts!
UPDATE contacts AS c SET
    first_name = r.first_name, last_name = r.last_name, email = r.email, phone = r.phone,
    alternate_phone = r.alternate_phone, address = r.address, address_2 = r.address_2, city = r.city,
    state = r.state, zip_code = r.zip_code, country = r.country, company = r.company,
    job_title = r.job_title, website = r.website, timezone = r.timezone, language = r.language,
    tags = r.tags, notes = r.notes, origins = r.origins, updated_at = now()
FROM jsonb_populate_recordset(NULL::contacts, :contacts::jsonb) AS r
WHERE c.id = r.id AND c.workspace_id = r.workspace_id;

-- name: touch_contacts!
UPDATE contacts SET updated_at = now() WHERE id = ANY(:ids::uuid[]);

-- name: save_custom_fields!
INSERT INTO contact_custom_fields (contact_id, workspace_id, field_name, field_value, field_type, origin)
-- Values come as text, because a null among jsonb parameters would be SQL's NULL.
SELECT contact_id, workspace_id, field_name, field_value::jsonb, field_type, origin
FROM unnest(
    :contact_ids::uuid[], :workspace_ids::uuid[], :names::text[], :values::text[], :types::text[],
    :origins::jsonb[]
) AS f (contact_id, workspace_id, field_name, field_value, field_type, origin)
ON CONFLICT (contact_id, field_name) DO UPDATE SET
    field_value = excluded.field_value, field_type = excluded.field_type, origin = excluded.origin;

-- name: next_in_order
SELECT nextval('update_order') AS sequence FROM generate_series(1, :count::int);

-- name: record_executions!
WITH made AS (
    SELECT *
    FROM unnest(
        :execution_ids::uuid[], :workspace_ids::uuid[], :contact_ids::uuid[], :bodies::bytea[], :sequences::bigint[]
    ) AS e (execution_id, workspace_id, contact_id, contact_updated, sequence)
), waiting AS (
    INSERT INTO unpublished_updates (key, sequence, execution_id)
    SELECT coalesce(contact_id, execution_id), sequence, execution_id FROM made
)
INSERT INTO applied_executions (execution_id, workspace_id, contact_id, contact_updated, sequence)
SELECT execution_id, workspace_id, contact_id, contact_updated, sequence FROM made;

-- name: lock_unpublished
-- In one order for everybody, so that two who publish never wait for each other in a circle. Who had to wait finds
-- gone what the other has published.
SELECT u.key, u.sequence, u.execution_id
FROM unpublished_updates u
WHERE u.key = ANY(:keys::uuid[])
ORDER BY u.key, u.sequence
FOR UPDATE;

-- name: forget_published!
DELETE FROM unpublished_updates u
USING unnest(:keys::uuid[], :sequences::bigint[]) AS done (key, sequence)
WHERE u.key = done.key AND u.sequence = done.sequence;

-- name: forget_executions!
DELETE FROM applied_executions
WHERE execution_id IN (
    SELECT execution_id FROM applied_executions
    WHERE applied_at < now() - make_interval(days => :days::int)
    ORDER BY applied_at
    LIMIT :most::int
);
