-- name: get_contact^
SELECT * FROM contacts WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid;

-- name: contacts_of
-- Those that fit with their custom fields, and the first in any case. An origin takes some 200 bytes.
WITH sizes AS (
    SELECT
        c.id, c.created_at,
        octet_length(c::text) + COALESCE((
            SELECT sum(f.bytes + 200) FROM contact_custom_fields f
            WHERE f.workspace_id = c.workspace_id AND f.contact_id = c.id
        ), 0) AS bytes
    FROM contacts c
    WHERE c.workspace_id = :workspace_id::uuid AND c.id = ANY(:ids::uuid[])
), measured AS (
    SELECT id, row_number() OVER oldest AS number, sum(bytes) OVER oldest AS bytes
    FROM sizes
    WINDOW oldest AS (ORDER BY created_at, id)
)
SELECT c.*
FROM measured m
JOIN contacts c ON c.workspace_id = :workspace_id AND c.id = m.id
WHERE m.number = 1 OR m.bytes <= :most_bytes::int
ORDER BY c.created_at, c.id;

-- name: sizes_of_ranges
-- How many words begin with each prefix, counted as far as `most`.
SELECT k.first AS prefix, (
    SELECT count(*) FROM (
        SELECT FROM contact_words
        WHERE workspace_id = :workspace_id::uuid AND word >= k.first AND word < k.last
        LIMIT :most::int
    ) AS w
) AS entries
FROM unnest(:prefixes::text[], :prefix_ends::text[]) AS k (first, last);

-- name: find_by_words
-- Contacts that have a word of each range. No more of a range is read than `most_entries`: the caller knows which are longer.
SELECT c.id, c.created_at, c.first_name, c.last_name, c.company
FROM (
    SELECT w.contact_id
    FROM unnest(:prefixes::text[], :prefix_ends::text[]) AS k (first, last)
    CROSS JOIN LATERAL (
        SELECT DISTINCT contact_id FROM (
            SELECT contact_id FROM contact_words
            WHERE workspace_id = :workspace_id::uuid AND word >= k.first AND word < k.last
            LIMIT :most_entries::int
        ) AS entries
    ) AS w
    GROUP BY w.contact_id
    HAVING count(*) = cardinality(:prefixes)
    LIMIT :most::int
) AS w
JOIN contacts c ON c.workspace_id = :workspace_id AND c.id = w.contact_id;

-- name: find_by_address
-- Each way by an index of its own, and in its order: without one, any plan that reads the whole workspace seems as good to
-- Postgres, as long as it hopes to come by `most` of them soon. Where only the address itself will do, it is the end of its
-- range too.
(
    SELECT id, created_at, first_name, last_name, company, email_key, phone, alternate_phone, external_id
    FROM contacts
    WHERE workspace_id = :workspace_id::uuid AND email_key >= :email::text AND email_key <= :email_end::text
    ORDER BY email_key
    LIMIT :most::int
) UNION (
    SELECT c.*
    FROM unnest(:phones::text[], :phone_ends::text[]) AS k (first, last)
    CROSS JOIN LATERAL (
        SELECT id, created_at, first_name, last_name, company, email_key, phone, alternate_phone, external_id
        FROM contacts
        WHERE workspace_id = :workspace_id AND phone >= k.first AND phone <= k.last
        ORDER BY phone
        LIMIT :most
    ) AS c
    LIMIT :most
) UNION (
    SELECT c.*
    FROM unnest(:phones::text[], :phone_ends::text[]) AS k (first, last)
    CROSS JOIN LATERAL (
        SELECT id, created_at, first_name, last_name, company, email_key, phone, alternate_phone, external_id
        FROM contacts
        WHERE workspace_id = :workspace_id AND alternate_phone >= k.first AND alternate_phone <= k.last
        ORDER BY alternate_phone
        LIMIT :most
    ) AS c
    LIMIT :most
) UNION (
    SELECT id, created_at, first_name, last_name, company, email_key, phone, alternate_phone, external_id
    FROM contacts WHERE workspace_id = :workspace_id AND external_id = :external_id::text
);

-- name: custom_fields_of
-- The largest values of a contact that has more than fits are left out.
SELECT contact_id, field_name, CASE WHEN fits THEN field_value END AS field_value, field_type, origin, fits
FROM (
    SELECT
        contact_id, field_name, field_value, field_type, origin,
        sum(bytes) OVER (PARTITION BY contact_id ORDER BY bytes, field_name) <= :most_bytes::int AS fits
    FROM contact_custom_fields
    WHERE workspace_id = :workspace_id::uuid AND contact_id = ANY(:contact_ids::uuid[])
        AND (:names::text[] IS NULL OR field_name = ANY(:names))
) AS f
ORDER BY contact_id, field_name;

-- name: custom_field_definitions
SELECT name, type FROM custom_field_definitions WHERE workspace_id = :workspace_id::uuid ORDER BY name;

-- name: history_of
-- Of very large changes only as many as fit; the others have no `changes`, and are for the next page.
WITH found AS (
    (
        SELECT
            sequence, applied_at AS at, execution_id, connector_id, connector_version, flow_id, flow_run_id,
            NULL AS edited_by, NULL::uuid AS undoes, NULL::uuid AS import_id, created, changes
        FROM applied_executions
        WHERE workspace_id = :workspace_id::uuid AND contact_id = :contact_id::uuid
            AND (:before::bigint IS NULL OR sequence < :before)
            AND (changes -> 'user' <> '{}' OR changes -> 'custom' <> '{}')
            AND (:field::text IS NULL OR changes -> 'user' ? :field OR changes -> 'custom' ? :field)
        ORDER BY sequence DESC
        LIMIT :most::int
    ) UNION ALL (
        SELECT
            sequence, edited_at, NULL, NULL, NULL, NULL, NULL, edited_by, undoes, import_id, created, changes
        FROM contact_edits
        WHERE workspace_id = :workspace_id::uuid AND contact_id = :contact_id::uuid
            AND (:before::bigint IS NULL OR sequence < :before)
            AND (:field::text IS NULL OR changes -> 'user' ? :field OR changes -> 'custom' ? :field)
        ORDER BY sequence DESC
        LIMIT :most::int
    )
    ORDER BY sequence DESC
    LIMIT :most::int
), measured AS (
    SELECT *, row_number() OVER newest AS number, sum(octet_length(changes::text)) OVER newest AS bytes
    FROM found
    WINDOW newest AS (ORDER BY sequence DESC)
)
SELECT
    sequence, at, execution_id, connector_id, connector_version, flow_id, flow_run_id, edited_by, undoes, import_id, created,
    CASE WHEN number = 1 OR bytes <= :most_bytes::int THEN changes END AS changes
FROM measured
ORDER BY sequence DESC;
