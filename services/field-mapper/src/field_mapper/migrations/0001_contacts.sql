-- migrate:up
CREATE SCHEMA IF NOT EXISTS mapper;

CREATE TABLE mapper.contacts (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id uuid NOT NULL,
    first_name text,
    last_name text,
    email text,
    phone text,
    alternate_phone text,
    address text,
    address_2 text,
    city text,
    state text,
    zip_code text,
    country text,
    company text,
    job_title text,
    website text,
    timezone text,
    language text,
    tags text[],
    notes text,
    -- Who wrote each user field: {"email": {"at", "execution", "connector", "version"}}. In the row, because
    -- it is read and written together with the values; a table of its own costs one row per value.
    origins jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX contacts_in_order ON mapper.contacts (workspace_id, created_at, id);
CREATE INDEX contacts_by_email ON mapper.contacts (workspace_id, lower(email)) WHERE email IS NOT NULL;
CREATE INDEX contacts_by_phone ON mapper.contacts (workspace_id, phone) WHERE phone IS NOT NULL;

CREATE TABLE mapper.custom_field_definitions (
    workspace_id uuid NOT NULL,
    name text NOT NULL,
    type text NOT NULL
        CHECK (type IN ('text', 'number', 'integer', 'boolean', 'date', 'datetime', 'json')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, name)
);

CREATE TABLE mapper.contact_custom_fields (
    contact_id uuid NOT NULL REFERENCES mapper.contacts (id) ON DELETE CASCADE,
    workspace_id uuid NOT NULL,
    field_name text NOT NULL,
    -- JSON null: somebody emptied the field; the row remembers when.
    field_value jsonb NOT NULL,
    field_type text NOT NULL,
    origin jsonb NOT NULL,
    PRIMARY KEY (contact_id, field_name)
);

-- One row per mapped result, in the transaction that wrote its values. The message is kept so that it can be
-- published again, byte for byte, when the process ended between the transaction and the publish.
CREATE TABLE mapper.applied_executions (
    execution_id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    contact_id uuid,
    contact_updated bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX applied_executions_by_age ON mapper.applied_executions (applied_at);

-- migrate:down
DROP SCHEMA mapper CASCADE;
