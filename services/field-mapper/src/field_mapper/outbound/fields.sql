-- name: list_fields
SELECT * FROM custom_field_definitions WHERE workspace_id = :workspace_id::uuid ORDER BY name;

-- name: get_field^
SELECT * FROM custom_field_definitions WHERE workspace_id = :workspace_id::uuid AND name = :name::text;

-- name: count_fields$
SELECT count(*) FROM custom_field_definitions WHERE workspace_id = :workspace_id::uuid;

-- name: create_field^
INSERT INTO custom_field_definitions (
    workspace_id, name, type, label, description, options, inferred, changed_by
)
VALUES (
    :workspace_id::uuid, :name::text, :type::text, :label::text, :description::text, :options::jsonb, false,
    :changed_by::text
)
ON CONFLICT (workspace_id, name) DO NOTHING
RETURNING *;

-- name: change_field^
UPDATE custom_field_definitions SET
    type = :type::text, label = :label::text, description = :description::text, options = :options::jsonb,
    inferred = false, changed_by = :changed_by::text, updated_at = now()
WHERE workspace_id = :workspace_id::uuid AND name = :name::text AND NOT deleting
RETURNING *;

-- name: begin_deletion^
UPDATE custom_field_definitions SET deleting = true, changed_by = :changed_by::text, updated_at = now()
WHERE workspace_id = :workspace_id::uuid AND name = :name::text
RETURNING *;

-- name: delete_field!
DELETE FROM custom_field_definitions
WHERE workspace_id = :workspace_id::uuid AND name = :name::text AND deleting;

-- name: values_of
-- In order of the contacts; of a page with large values only as many as fit, and one at least.
SELECT contact_id, field_value, field_type
FROM (
    SELECT *, sum(octet_length(field_value::text)) OVER (ORDER BY contact_id) AS bytes,
        row_number() OVER (ORDER BY contact_id) AS number
    FROM (
        SELECT contact_id, field_value, field_type
        FROM contact_custom_fields
        WHERE workspace_id = :workspace_id::uuid AND field_name = :name::text
            AND (:after::uuid IS NULL OR contact_id > :after)
        ORDER BY contact_id
        LIMIT :most::int
    ) AS page
) AS measured
WHERE number = 1 OR bytes <= :most_bytes::int
ORDER BY contact_id;

-- name: convert_values!
-- Only what is still as it was read: what was written meanwhile has the new type already. And only while that is the
-- type: whoever has changed it again since converts for himself.
UPDATE contact_custom_fields AS f SET field_value = new.value::jsonb, field_type = :type::text
FROM unnest(:contact_ids::uuid[], :olds::text[], :old_types::text[], :values::text[])
    AS new (contact_id, old, old_type, value)
WHERE f.workspace_id = :workspace_id::uuid AND f.contact_id = new.contact_id AND f.field_name = :name::text
    AND f.field_type = new.old_type AND f.field_value = new.old::jsonb
    AND EXISTS (
        SELECT FROM custom_field_definitions d
        WHERE d.workspace_id = f.workspace_id AND d.name = f.field_name AND d.updated_at = :defined_at::timestamptz
    );

-- name: remove_unfit!
DELETE FROM contact_custom_fields AS f
USING unnest(:contact_ids::uuid[], :olds::text[]) AS unfit (contact_id, old)
WHERE f.workspace_id = :workspace_id::uuid AND f.contact_id = unfit.contact_id AND f.field_name = :name::text
    AND f.field_value = unfit.old::jsonb
    AND EXISTS (
        SELECT FROM custom_field_definitions d
        WHERE d.workspace_id = f.workspace_id AND d.name = f.field_name AND d.updated_at = :defined_at::timestamptz
    );

-- name: remove_values!
DELETE FROM contact_custom_fields
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM contact_custom_fields
    WHERE workspace_id = :workspace_id::uuid AND field_name = :name::text
    LIMIT :most::int
));
