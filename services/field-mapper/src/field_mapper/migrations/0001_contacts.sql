-- migrate:up
-- The order of the changes of one contact: taken while the contact is locked, so that it is the order of the writes.
CREATE SEQUENCE mapper.update_order;

CREATE TABLE mapper.contacts (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- What a flow or another system calls it, when that is no UUID.
    external_id text,
    first_name text,
    last_name text,
    email text,
    -- As `email_key` in Python: under another locale than "C" the two would differ beyond A to Z. A column of its own,
    -- because row-level security keeps `lower` out of the conditions of an index.
    email_key text COLLATE "C" GENERATED ALWAYS AS (lower(email COLLATE "C")) STORED,
    -- E.164; as it was written where no region said which country's number it is, and then it begins with no '+'.
    phone text COLLATE "C",
    alternate_phone text COLLATE "C",
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
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);

CREATE INDEX contacts_in_order ON mapper.contacts (workspace_id, created_at, id);
CREATE UNIQUE INDEX contacts_by_external_id ON mapper.contacts (workspace_id, external_id)
WHERE external_id IS NOT NULL;
CREATE INDEX contacts_by_email ON mapper.contacts (workspace_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX contacts_by_phone ON mapper.contacts (workspace_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX contacts_by_alternate_phone ON mapper.contacts (workspace_id, alternate_phone)
WHERE alternate_phone IS NOT NULL;

-- The words of names and companies, as `words_of` in Python writes them: a search looks for their beginnings.
-- No foreign key, which would cost a look-up for each word: who searches joins the contacts.
CREATE TABLE mapper.contact_words (
    workspace_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, word, contact_id)
);

CREATE TABLE mapper.custom_field_definitions (
    workspace_id uuid NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    label text,
    description text,
    -- What the type allows: {"choices", "minimum", "maximum", "max_length", "shape"}.
    options jsonb NOT NULL DEFAULT '{}',
    -- Its type is that of the first value; nobody defined it.
    inferred boolean NOT NULL DEFAULT true,
    -- Its values are being removed, and new ones are refused.
    deleting boolean NOT NULL DEFAULT false,
    changed_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, name)
);

CREATE TABLE mapper.contact_custom_fields (
    workspace_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    field_name text NOT NULL,
    -- JSON null: somebody emptied the field; the row remembers when.
    field_value jsonb NOT NULL,
    field_type text NOT NULL,
    origin jsonb NOT NULL,
    -- Of the value as text: what a page takes is known without reading it.
    bytes int NOT NULL GENERATED ALWAYS AS (octet_length(field_value::text)) STORED,
    PRIMARY KEY (workspace_id, contact_id, field_name),
    FOREIGN KEY (workspace_id, contact_id) REFERENCES mapper.contacts (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX contact_custom_fields_by_name ON mapper.contact_custom_fields (workspace_id, field_name, contact_id);

-- One row per mapped result and per set of mappings, in the transaction that wrote its values: a repeat is recognised,
-- and corrected mappings can be applied to the same execution. `changes` is what it replaced and wrote:
-- {"user": {"email": {"from", "to", "origin"}}, "custom": {"income": {"from", "to", "origin", "type"}}, "origins": []}.
-- `origin` (a place in `origins`) and `type` are those of `from`; what is absent was not there. `to` is absent also when
-- it is too large to be kept twice.
CREATE TABLE mapper.applied_executions (
    workspace_id uuid NOT NULL,
    execution_id uuid NOT NULL,
    mapping_revision bigint NOT NULL,
    contact_id uuid,
    connector_id uuid NOT NULL,
    connector_version int,
    flow_id text,
    flow_run_id text,
    sequence bigint NOT NULL,
    created boolean NOT NULL,
    changes jsonb NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, execution_id, mapping_revision)
);

CREATE INDEX applied_executions_by_age ON mapper.applied_executions (applied_at);
CREATE INDEX applied_executions_by_contact ON mapper.applied_executions (workspace_id, contact_id, sequence)
WHERE contact_id IS NOT NULL;

-- What people changed, and what they took back: `undoes` is the execution. `changes` as above.
CREATE TABLE mapper.contact_edits (
    workspace_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    sequence bigint NOT NULL,
    edited_by text NOT NULL,
    undoes uuid,
    created boolean NOT NULL,
    changes jsonb NOT NULL,
    edited_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, contact_id, sequence)
);

CREATE INDEX contact_edits_by_age ON mapper.contact_edits (edited_at);

-- What is applied and not yet acknowledged by Kafka. `subject` is the key of the message: the contact, else the execution.
CREATE TABLE mapper.unpublished_updates (
    workspace_id uuid NOT NULL,
    subject uuid NOT NULL,
    sequence bigint NOT NULL,
    execution_id uuid NOT NULL,
    mapping_revision bigint NOT NULL,
    made_on date NOT NULL,
    body_bytes int NOT NULL,
    PRIMARY KEY (workspace_id, subject, sequence)
);

-- The messages, so that they can be published again, byte for byte, when the process ended between the transaction and
-- the publish. A day is dropped whole; `made_on` is a day of UTC by the clock of this server.
CREATE TABLE mapper.update_bodies (
    made_on date NOT NULL,
    sequence bigint NOT NULL,
    workspace_id uuid NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (made_on, sequence)
) PARTITION BY RANGE (made_on);

-- Takes what has no day of its own: nobody made any for weeks, or the clock jumped.
CREATE TABLE mapper.update_bodies_other PARTITION OF mapper.update_bodies DEFAULT;

-- Makes the days from yesterday to `days_ahead`, and drops those further away than that or older than `days_kept`, unless
-- an update of such a day is not published yet. Runs with the rights of the owner, since only the owner may do it.
-- Fails when somebody holds a table for longer than two seconds; the days are made well ahead, so that it may.
CREATE FUNCTION mapper.keep_update_days(days_kept int, days_ahead int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = mapper, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
    day date;
    name text;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('mapper.keep_update_days')) THEN
        RETURN;
    END IF;
    FOR day IN SELECT today + n FROM generate_series(-1, days_ahead) AS n LOOP
        name := 'update_bodies_' || to_char(day, 'YYYYMMDD');
        -- A day of which the default partition has something cannot be attached any more; it stays there.
        CONTINUE WHEN to_regclass('mapper.' || name) IS NOT NULL
            OR EXISTS (SELECT FROM update_bodies_other WHERE made_on = day);
        EXECUTE format('CREATE TABLE mapper.%I (LIKE mapper.update_bodies INCLUDING ALL)', name);
        EXECUTE format(
            'ALTER TABLE mapper.update_bodies ATTACH PARTITION mapper.%I FOR VALUES FROM (%L) TO (%L)', name, day, day + 1
        );
    END LOOP;
    FOR name, day IN
        SELECT c.relname, to_date(right(c.relname, 8), 'YYYYMMDD')
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'mapper.update_bodies'::regclass AND c.relname ~ '^update_bodies_[0-9]{8}$'
    LOOP
        CONTINUE WHEN day BETWEEN today - days_kept AND today + days_ahead
            OR EXISTS (SELECT FROM unpublished_updates WHERE made_on = day);
        EXECUTE format('DROP TABLE mapper.%I', name);
    END LOOP;
    DELETE FROM update_bodies_other o
    WHERE o.made_on NOT BETWEEN today - days_kept AND today + days_ahead
        AND NOT EXISTS (SELECT FROM unpublished_updates u WHERE u.made_on = o.made_on);
END
$$;

REVOKE EXECUTE ON FUNCTION mapper.keep_update_days(int, int) FROM PUBLIC;

SELECT mapper.keep_update_days(7, 7);

-- The second wall between workspaces. A batch is of several of them: whoever works as the app names all that he works for. The
-- worker forgets, for all of them.
CREATE FUNCTION mapper.current_workspaces() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('app.workspace_ids', true), '')::uuid[]
$$;

GRANT USAGE ON SCHEMA mapper TO connectors_mapper_app, connectors_mapper_worker;
GRANT USAGE ON SEQUENCE mapper.update_order TO connectors_mapper_app;
GRANT SELECT, INSERT, UPDATE ON mapper.contacts TO connectors_mapper_app;
GRANT SELECT, INSERT, DELETE ON mapper.contact_words TO connectors_mapper_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.custom_field_definitions, mapper.contact_custom_fields
    TO connectors_mapper_app;
GRANT SELECT, INSERT ON mapper.applied_executions, mapper.contact_edits, mapper.update_bodies TO connectors_mapper_app;
-- UPDATE, because it locks them.
GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.unpublished_updates TO connectors_mapper_app;
GRANT SELECT, DELETE ON mapper.applied_executions, mapper.contact_edits TO connectors_mapper_worker;
GRANT EXECUTE ON FUNCTION mapper.keep_update_days(int, int) TO connectors_mapper_worker;

-- Nobody has a right to the partitions of `update_bodies`, so that the only way to their rows is through it.
-- The setting is read once for each statement, because it stands in a SELECT of its own, and not for each row. IS TRUE keeps
-- the comparison out of the conditions of an index, where the workspaces would be sorted for each row that is looked up:
-- every statement names the workspace that it means, and finds its rows by that.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'contacts', 'contact_words', 'custom_field_definitions', 'contact_custom_fields', 'applied_executions',
        'contact_edits', 'unpublished_updates', 'update_bodies'
    ] LOOP
        EXECUTE format('ALTER TABLE mapper.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_workspaces ON mapper.%I TO connectors_mapper_app
                USING ((workspace_id = ANY ((SELECT mapper.current_workspaces())::uuid[])) IS TRUE)', name
        );
    END LOOP;
END
$$;

CREATE POLICY all_workspaces ON mapper.applied_executions TO connectors_mapper_worker USING (true);
CREATE POLICY all_workspaces ON mapper.contact_edits TO connectors_mapper_worker USING (true);

-- migrate:down
DROP TABLE mapper.update_bodies, mapper.unpublished_updates, mapper.contact_edits, mapper.applied_executions,
    mapper.contact_custom_fields, mapper.custom_field_definitions, mapper.contact_words, mapper.contacts;
DROP SEQUENCE mapper.update_order;
DROP FUNCTION mapper.keep_update_days(int, int), mapper.current_workspaces();
