-- name: applied_executions
SELECT workspace_id, execution_id, mapping_revision, a.contact_id, a.sequence
FROM unnest(:workspace_ids::uuid[], :execution_ids::uuid[], :revisions::bigint[])
    AS k (workspace_id, execution_id, mapping_revision)
JOIN applied_executions a USING (workspace_id, execution_id, mapping_revision);

-- name: find
-- By all kinds of keys in one round trip. Of an email or a phone in no order: two are as many as are needed to see that
-- nobody knows which is meant.
SELECT 'id' AS kind, k.workspace_id, k.id::text AS value, c.id
FROM unnest(:id_workspaces::uuid[], :ids::uuid[]) AS k (workspace_id, id)
CROSS JOIN LATERAL (SELECT id FROM contacts WHERE workspace_id = k.workspace_id AND id = k.id OFFSET 0) AS c
UNION ALL
SELECT 'external', k.workspace_id, k.value, c.id
FROM unnest(:external_workspaces::uuid[], :externals::text[]) AS k (workspace_id, value)
CROSS JOIN LATERAL (
    SELECT id FROM contacts WHERE workspace_id = k.workspace_id AND external_id = k.value OFFSET 0
) AS c
UNION ALL
SELECT 'email', k.workspace_id, k.value, c.id
FROM unnest(:email_workspaces::uuid[], :emails::text[]) AS k (workspace_id, value)
CROSS JOIN LATERAL (
    SELECT id FROM contacts WHERE workspace_id = k.workspace_id AND email_key = k.value LIMIT :most::int
) AS c
UNION ALL
SELECT 'phone', k.workspace_id, k.value, c.id
FROM unnest(:phone_workspaces::uuid[], :phones::text[]) AS k (workspace_id, value)
CROSS JOIN LATERAL (
    SELECT id FROM contacts WHERE workspace_id = k.workspace_id AND phone = k.value LIMIT :most
) AS c;

-- name: lock_buckets!
-- Rows of unnest come in the order of the array, so the buckets are locked in the order given.
SELECT pg_advisory_xact_lock(:lock_class::int, bucket) FROM unnest(:buckets::int[]) AS bucket;

-- name: lock_contacts
-- Without the keys of the filters, which are half of a row's columns.
SELECT
    c.workspace_id, c.id, c.external_id, c.first_name, c.last_name, c.email, c.phone, c.alternate_phone, c.address,
    c.address_2, c.city, c.state, c.zip_code, c.country, c.company, c.job_title, c.website, c.timezone, c.language, c.tags,
    c.notes, c.origins, c.created_at, c.updated_at, c.revision
FROM unnest(:workspace_ids::uuid[], :ids::uuid[]) AS k (workspace_id, id)
JOIN contacts c USING (workspace_id, id)
ORDER BY c.workspace_id, c.id
FOR UPDATE OF c;

-- name: hold_contacts
SELECT c.workspace_id, c.id, c.revision
FROM unnest(:workspace_ids::uuid[], :ids::uuid[]) AS k (workspace_id, id)
JOIN contacts c USING (workspace_id, id)
ORDER BY c.workspace_id, c.id
FOR UPDATE OF c;

-- name: load_custom_fields
-- Of a large value only that it is there: all that is there can be far more than is written.
SELECT
    f.workspace_id, f.contact_id, f.field_name, f.field_type, f.origin, f.small,
    CASE WHEN f.small THEN f.field_value ELSE 'true' END AS field_value
FROM unnest(:workspace_ids::uuid[], :ids::uuid[]) AS k (workspace_id, contact_id)
CROSS JOIN LATERAL (
    SELECT *, field_name = ANY(:whole::text[]) OR bytes <= 256 AS small
    FROM contact_custom_fields
    WHERE workspace_id = k.workspace_id AND contact_id = k.contact_id AND field_name = ANY(:names::text[])
    OFFSET 0
) AS f;

-- name: custom_field_types
SELECT d.workspace_id, d.name, d.type, d.options, d.deleting
FROM unnest(:workspace_ids::uuid[], :names::text[]) AS k (workspace_id, name)
JOIN custom_field_definitions d USING (workspace_id, name);

-- name: hold_definitions!
SELECT pg_advisory_xact_lock_shared(:lock_class::int, bucket) FROM unnest(:buckets::int[]) AS bucket;

-- name: define_custom_fields!
INSERT INTO custom_field_definitions (workspace_id, name, type)
SELECT workspace_id, name, type
FROM (
    SELECT *, row_number() OVER (PARTITION BY workspace_id ORDER BY name) AS number
    FROM unnest(:workspace_ids::uuid[], :names::text[], :types::text[]) AS d (workspace_id, name, type)
) AS d
WHERE number + (
    SELECT count(*) FROM custom_field_definitions there WHERE there.workspace_id = d.workspace_id
) <= :most::int
ON CONFLICT (workspace_id, name) DO NOTHING;

-- name: insert_contacts!
INSERT INTO contacts (
    id, workspace_id, external_id, first_name, last_name, email, phone, alternate_phone, address, address_2, city, state,
    zip_code, country, company, job_title, website, timezone, language, tags, notes, origins
)
SELECT
    id, workspace_id, external_id, first_name, last_name, email, phone, alternate_phone, address, address_2, city, state,
    zip_code, country, company, job_title, website, timezone, language, tags, notes, origins
FROM jsonb_populate_recordset(NULL::contacts, :contacts::jsonb);

-- name: update_contacts!
UPDATE contacts AS c SET
    external_id = r.external_id, first_name = r.first_name, last_name = r.last_name, email = r.email, phone = r.phone,
    alternate_phone = r.alternate_phone, address = r.address, address_2 = r.address_2, city = r.city,
    state = r.state, zip_code = r.zip_code, country = r.country, company = r.company,
    job_title = r.job_title, website = r.website, timezone = r.timezone, language = r.language,
    tags = r.tags, notes = r.notes, origins = r.origins, updated_at = now(), revision = c.revision + 1
FROM jsonb_populate_recordset(NULL::contacts, :contacts::jsonb) AS r
WHERE c.id = r.id AND c.workspace_id = r.workspace_id;

-- name: touch_contacts!
UPDATE contacts AS c SET updated_at = now(), revision = c.revision + 1
FROM unnest(:workspace_ids::uuid[], :ids::uuid[]) AS k (workspace_id, id)
WHERE c.workspace_id = k.workspace_id AND c.id = k.id;

-- name: add_words!
INSERT INTO contact_words (workspace_id, word, contact_id)
SELECT workspace_id, word, contact_id
FROM unnest(:workspace_ids::uuid[], :words::text[], :contact_ids::uuid[]) AS w (workspace_id, word, contact_id)
ON CONFLICT DO NOTHING;

-- name: remove_words!
DELETE FROM contact_words AS w
USING unnest(:workspace_ids::uuid[], :words::text[], :contact_ids::uuid[]) AS old (workspace_id, word, contact_id)
WHERE w.workspace_id = old.workspace_id AND w.word = old.word AND w.contact_id = old.contact_id;

-- name: add_marks!
-- Contacts that are new were made by this transaction.
INSERT INTO contact_marks (workspace_id, mark, created_at, contact_id)
SELECT workspace_id, filter_key(mark), coalesce(created_at, now()), contact_id
FROM unnest(:workspace_ids::uuid[], :marks::text[], :created_at::timestamptz[], :contact_ids::uuid[])
    AS m (workspace_id, mark, created_at, contact_id)
ON CONFLICT DO NOTHING;

-- name: remove_marks!
DELETE FROM contact_marks AS m
USING unnest(:workspace_ids::uuid[], :marks::text[], :created_at::timestamptz[], :contact_ids::uuid[])
    AS old (workspace_id, mark, created_at, contact_id)
WHERE m.workspace_id = old.workspace_id AND m.mark = filter_key(old.mark) AND m.created_at = old.created_at
    AND m.contact_id = old.contact_id;

-- name: save_custom_fields!
INSERT INTO contact_custom_fields (
    contact_id, workspace_id, field_name, field_value, field_type, origin, contact_created_at
)
SELECT contact_id, workspace_id, field_name, field_value::jsonb, field_type, origin::jsonb, coalesce(created_at, now())
FROM unnest(
    :contact_ids::uuid[], :workspace_ids::uuid[], :names::text[], :values::text[], :types::text[],
    :origins::text[], :created_at::timestamptz[]
) AS f (contact_id, workspace_id, field_name, field_value, field_type, origin, created_at)
ON CONFLICT (workspace_id, contact_id, field_name) DO UPDATE SET
    field_value = excluded.field_value, field_type = excluded.field_type, origin = excluded.origin;

-- name: remove_custom_fields!
DELETE FROM contact_custom_fields AS f
USING unnest(:workspace_ids::uuid[], :contact_ids::uuid[], :names::text[]) AS k (workspace_id, contact_id, field_name)
WHERE f.workspace_id = k.workspace_id AND f.contact_id = k.contact_id AND f.field_name = k.field_name;

-- name: next_in_order$
SELECT array_agg(nextval('update_order')) FROM generate_series(1, :count::int);

-- name: record_executions!
-- What is replaced of `large` values is copied here from where it is stored.
WITH made AS (
    SELECT
        workspace_id, execution_id, mapping_revision, contact_id, connector_id, connector_version, flow_id, flow_run_id,
        sequence, created, changes::jsonb AS changes, large::jsonb AS large, body,
        (now() AT TIME ZONE 'UTC')::date AS made_on
    FROM unnest(
        :workspace_ids::uuid[], :execution_ids::uuid[], :revisions::bigint[], :contact_ids::uuid[],
        :connector_ids::uuid[], :versions::int[], :flow_ids::text[], :flow_run_ids::text[], :sequences::bigint[],
        :created::boolean[], :changes::text[], :large::text[], :bodies::bytea[]
    ) AS e (
        workspace_id, execution_id, mapping_revision, contact_id, connector_id, connector_version, flow_id, flow_run_id,
        sequence, created, changes, large, body
    )
), waiting AS (
    INSERT INTO unpublished_updates (
        workspace_id, subject, sequence, execution_id, mapping_revision, made_on, body_bytes
    )
    SELECT
        workspace_id, coalesce(contact_id, execution_id), sequence, execution_id, mapping_revision, made_on,
        octet_length(body)
    FROM made
), kept AS (
    INSERT INTO update_bodies (made_on, sequence, workspace_id, body)
    SELECT made_on, sequence, workspace_id, body FROM made
)
INSERT INTO applied_executions (
    workspace_id, execution_id, mapping_revision, contact_id, connector_id, connector_version, flow_id, flow_run_id,
    sequence, created, changes
)
SELECT
    m.workspace_id, m.execution_id, m.mapping_revision, m.contact_id, m.connector_id, m.connector_version, m.flow_id,
    m.flow_run_id, m.sequence, m.created,
    CASE WHEN m.large IS NULL THEN m.changes ELSE jsonb_set(m.changes, '{custom}', m.changes -> 'custom' || (
        SELECT coalesce(jsonb_object_agg(
            f.field_name, m.changes -> 'custom' -> f.field_name || jsonb_build_object('from', f.field_value)
        ), '{}')
        FROM contact_custom_fields f
        WHERE f.workspace_id = m.workspace_id AND f.contact_id = m.contact_id AND m.large ? f.field_name
    )) END
FROM made m;

-- name: record_edits!
-- The same of what is replaced.
INSERT INTO contact_edits (workspace_id, contact_id, sequence, edited_by, undoes, import_id, created, changes)
SELECT
    e.workspace_id, e.contact_id, e.sequence, e.edited_by, e.undoes, e.import_id, e.created,
    CASE WHEN e.large IS NULL THEN e.changes ELSE jsonb_set(e.changes, '{custom}', e.changes -> 'custom' || (
        SELECT coalesce(jsonb_object_agg(
            f.field_name, e.changes -> 'custom' -> f.field_name || jsonb_build_object('from', f.field_value)
        ), '{}')
        FROM contact_custom_fields f
        WHERE f.workspace_id = e.workspace_id AND f.contact_id = e.contact_id AND e.large ? f.field_name
    )) END
FROM (
    SELECT
        workspace_id, contact_id, sequence, edited_by, undoes, import_id, created, changes::jsonb AS changes,
        large::jsonb AS large
    FROM unnest(
        :workspace_ids::uuid[], :contact_ids::uuid[], :sequences::bigint[], :edited_by::text[], :undoes::uuid[],
        :import_ids::uuid[], :created::boolean[], :changes::text[], :large::text[]
    ) AS e (workspace_id, contact_id, sequence, edited_by, undoes, import_id, created, changes, large)
) AS e;

-- name: changes_of
SELECT changes FROM applied_executions
WHERE workspace_id = :workspace_id::uuid AND execution_id = :execution_id::uuid AND contact_id = :contact_id::uuid
ORDER BY sequence DESC;

-- name: deleted_contacts
SELECT d.workspace_id, d.id
FROM unnest(:workspace_ids::uuid[], :ids::uuid[]) AS k (workspace_id, id)
JOIN deleted_contacts d USING (workspace_id, id);

-- name: delete_contact!
-- With its custom fields, words, marks and history. Messages that are not published yet are left: they are told, then forgotten.
WITH words AS (
    DELETE FROM contact_words
    WHERE workspace_id = :workspace_id::uuid AND word = ANY(:words::text[]) AND contact_id = :id::uuid
), marks AS (
    DELETE FROM contact_marks
    WHERE workspace_id = :workspace_id AND created_at = :created_at::timestamptz AND contact_id = :id
        AND mark = ANY(ARRAY(SELECT filter_key(mark) FROM unnest(:marks::text[]) AS mark))
), edits AS (
    DELETE FROM contact_edits WHERE workspace_id = :workspace_id AND contact_id = :id
), executions AS (
    UPDATE applied_executions SET changes = '{"user": {}, "custom": {}, "origins": []}'
    WHERE workspace_id = :workspace_id AND contact_id = :id
    RETURNING sequence, (applied_at AT TIME ZONE 'UTC')::date AS made_on
), bodies AS (
    DELETE FROM update_bodies b
    USING executions e
    WHERE b.made_on = e.made_on AND b.sequence = e.sequence AND b.workspace_id = :workspace_id
        AND NOT EXISTS (
            SELECT FROM unpublished_updates u
            WHERE u.workspace_id = :workspace_id AND u.subject = :id AND u.sequence = e.sequence
        )
), gone AS (
    INSERT INTO deleted_contacts (workspace_id, id, deleted_by) VALUES (:workspace_id, :id, :deleted_by::text)
    ON CONFLICT (workspace_id, id) DO UPDATE SET deleted_by = excluded.deleted_by, deleted_at = now()
)
DELETE FROM contacts WHERE workspace_id = :workspace_id AND id = :id;

-- name: lock_unpublished
-- In one order for everybody, that of the arrays and of `sequence`, so that two who publish never wait for each other in a
-- circle. Who had to wait finds gone what the other has published. Each subject is looked up by itself, whatever Postgres
-- believes the table to hold; see `BY_INDEX`.
SELECT u.*
FROM unnest(:workspace_ids::uuid[], :subjects::uuid[]) AS k (workspace_id, subject)
CROSS JOIN LATERAL (
    SELECT
        u.ctid AS place, u.workspace_id, u.subject, u.sequence, u.execution_id, u.mapping_revision, u.made_on, u.body_bytes
    FROM unpublished_updates u
    WHERE u.workspace_id = k.workspace_id AND u.subject = k.subject
    ORDER BY u.sequence
    FOR UPDATE OF u
) AS u
LIMIT :most::int;

-- name: bodies_of
SELECT b.sequence, b.body
FROM unnest(:days::date[], :sequences::bigint[], :workspace_ids::uuid[]) AS k (made_on, sequence, workspace_id)
JOIN update_bodies b USING (made_on, sequence, workspace_id);

-- name: forget_published!
-- Rows that are locked: they stay where they are.
DELETE FROM unpublished_updates WHERE ctid = ANY(:places::tid[]);
