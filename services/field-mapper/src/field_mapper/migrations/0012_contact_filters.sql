-- migrate:up
-- What lists are filtered by. A value is looked for in any case (A to Z), by a number made of its beginning: texts may be
-- longer than an entry of an index, and row-level security keeps `lower` and `left` out of the conditions of an index, so
-- that the number has to be a column.
CREATE FUNCTION mapper.filter_key(value text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT hashtextextended(lower(left(value, 200) COLLATE "C"), 0)
$$;

-- The same of a custom field; none of what is no single value.
CREATE FUNCTION mapper.filter_key_of(value jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT mapper.filter_key(CASE jsonb_typeof(value)
        WHEN 'string' THEN value #>> '{}'
        WHEN 'number' THEN trim_scale(value::numeric)::text
        WHEN 'boolean' THEN value::text
    END)
$$;

-- `updated_on`: the day, so that an index of it does not grow with every change of a contact.
ALTER TABLE mapper.contacts
    ADD COLUMN first_name_key bigint GENERATED ALWAYS AS (mapper.filter_key(first_name)) STORED,
    ADD COLUMN last_name_key bigint GENERATED ALWAYS AS (mapper.filter_key(last_name)) STORED,
    ADD COLUMN city_key bigint GENERATED ALWAYS AS (mapper.filter_key(city)) STORED,
    ADD COLUMN state_key bigint GENERATED ALWAYS AS (mapper.filter_key(state)) STORED,
    ADD COLUMN zip_code_key bigint GENERATED ALWAYS AS (mapper.filter_key(zip_code)) STORED,
    ADD COLUMN country_key bigint GENERATED ALWAYS AS (mapper.filter_key(country)) STORED,
    ADD COLUMN company_key bigint GENERATED ALWAYS AS (mapper.filter_key(company)) STORED,
    ADD COLUMN job_title_key bigint GENERATED ALWAYS AS (mapper.filter_key(job_title)) STORED,
    ADD COLUMN website_key bigint GENERATED ALWAYS AS (mapper.filter_key(website)) STORED,
    ADD COLUMN timezone_key bigint GENERATED ALWAYS AS (mapper.filter_key(timezone)) STORED,
    ADD COLUMN language_key bigint GENERATED ALWAYS AS (mapper.filter_key(language)) STORED,
    ADD COLUMN updated_on date NOT NULL GENERATED ALWAYS AS ((updated_at AT TIME ZONE 'UTC')::date) STORED;

-- In the order of the list, so that a page is read from where it begins.
CREATE INDEX contacts_by_first_name ON mapper.contacts (workspace_id, first_name_key, created_at, id)
WHERE first_name_key IS NOT NULL;
CREATE INDEX contacts_by_last_name ON mapper.contacts (workspace_id, last_name_key, created_at, id)
WHERE last_name_key IS NOT NULL;
CREATE INDEX contacts_by_city ON mapper.contacts (workspace_id, city_key, created_at, id) WHERE city_key IS NOT NULL;
CREATE INDEX contacts_by_state ON mapper.contacts (workspace_id, state_key, created_at, id) WHERE state_key IS NOT NULL;
CREATE INDEX contacts_by_zip_code ON mapper.contacts (workspace_id, zip_code_key, created_at, id)
WHERE zip_code_key IS NOT NULL;
CREATE INDEX contacts_by_country ON mapper.contacts (workspace_id, country_key, created_at, id)
WHERE country_key IS NOT NULL;
CREATE INDEX contacts_by_company ON mapper.contacts (workspace_id, company_key, created_at, id)
WHERE company_key IS NOT NULL;
CREATE INDEX contacts_by_job_title ON mapper.contacts (workspace_id, job_title_key, created_at, id)
WHERE job_title_key IS NOT NULL;
CREATE INDEX contacts_by_website ON mapper.contacts (workspace_id, website_key, created_at, id)
WHERE website_key IS NOT NULL;
CREATE INDEX contacts_by_timezone ON mapper.contacts (workspace_id, timezone_key, created_at, id)
WHERE timezone_key IS NOT NULL;
CREATE INDEX contacts_by_language ON mapper.contacts (workspace_id, language_key, created_at, id)
WHERE language_key IS NOT NULL;
CREATE INDEX contacts_by_day ON mapper.contacts (workspace_id, updated_on);

-- `connector_id`: of whoever last wrote the value. `contact_created_at`: its place in the order of the list.
ALTER TABLE mapper.contact_custom_fields
    ADD COLUMN contact_created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN value_key bigint GENERATED ALWAYS AS (mapper.filter_key_of(field_value)) STORED,
    ADD COLUMN connector_id uuid GENERATED ALWAYS AS ((origin ->> 'connector')::uuid) STORED;

UPDATE mapper.contact_custom_fields f SET contact_created_at = c.created_at
FROM mapper.contacts c WHERE c.workspace_id = f.workspace_id AND c.id = f.contact_id;

CREATE INDEX contact_custom_fields_by_value
ON mapper.contact_custom_fields (workspace_id, field_name, value_key, contact_created_at, contact_id)
WHERE value_key IS NOT NULL;
CREATE INDEX contact_custom_fields_by_connector
ON mapper.contact_custom_fields (workspace_id, connector_id, contact_created_at, contact_id)
WHERE connector_id IS NOT NULL;

-- Of what a contact has several: its tags, and the connectors that last wrote a user field of it, as `marks_of` in Python
-- writes them. No foreign key, as with the words.
CREATE TABLE mapper.contact_marks (
    workspace_id uuid NOT NULL,
    mark bigint NOT NULL,
    created_at timestamptz NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, mark, created_at, contact_id)
);

INSERT INTO mapper.contact_marks (workspace_id, mark, created_at, contact_id)
SELECT c.workspace_id, mapper.filter_key(m.mark), c.created_at, c.id
FROM mapper.contacts c
CROSS JOIN LATERAL (
    SELECT 'tag:' || tag AS mark FROM unnest(c.tags) AS tag
    UNION SELECT 'connector:' || (o.origin ->> 'connector') FROM jsonb_each(c.origins) AS o (field, origin)
    WHERE o.origin ? 'connector'
) AS m
ON CONFLICT DO NOTHING;

GRANT SELECT, INSERT, DELETE ON mapper.contact_marks TO connectors_mapper_app;
ALTER TABLE mapper.contact_marks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON mapper.contact_marks TO connectors_mapper_app
    USING ((workspace_id = ANY ((SELECT mapper.current_workspaces())::uuid[])) IS TRUE);

-- migrate:down
DROP TABLE mapper.contact_marks;
ALTER TABLE mapper.contact_custom_fields DROP COLUMN connector_id, DROP COLUMN value_key, DROP COLUMN contact_created_at;
ALTER TABLE mapper.contacts
    DROP COLUMN first_name_key, DROP COLUMN last_name_key, DROP COLUMN city_key, DROP COLUMN state_key,
    DROP COLUMN zip_code_key, DROP COLUMN country_key, DROP COLUMN company_key, DROP COLUMN job_title_key,
    DROP COLUMN website_key, DROP COLUMN timezone_key, DROP COLUMN language_key, DROP COLUMN updated_on;
DROP FUNCTION mapper.filter_key_of(jsonb), mapper.filter_key(text);
