-- name: get_contact^
SELECT * FROM contacts WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid;

-- name: list_contacts
SELECT * FROM contacts
WHERE workspace_id = :workspace_id::uuid
    AND (:after_time::timestamptz IS NULL OR (created_at, id) > (:after_time, :after_id::uuid))
    AND (:phone::text IS NULL OR phone = :phone OR alternate_phone = :phone)
    AND (:email::text IS NULL OR lower(email COLLATE "C") = :email)
    AND (
        :pattern::text IS NULL OR concat_ws(' ', first_name, last_name) ILIKE :pattern OR email ILIKE :pattern
        OR phone ILIKE :pattern OR company ILIKE :pattern
    )
ORDER BY created_at, id
LIMIT :most::int;

-- name: custom_fields_of
SELECT contact_id, field_name, field_value, field_type, origin
FROM contact_custom_fields
WHERE contact_id = ANY(:contact_ids::uuid[])
ORDER BY contact_id, field_name;

-- name: custom_field_definitions
SELECT name, type FROM custom_field_definitions WHERE workspace_id = :workspace_id::uuid ORDER BY name;
