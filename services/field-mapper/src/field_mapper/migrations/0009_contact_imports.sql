-- migrate:up
-- A file that somebody uploaded, what is to be done with it, and how far that is. status: uploading, uploaded, checking,
-- checked, importing, done, cancelled. A job holds it by its `lease`, and loses it when it does not say that it is there.
CREATE TABLE mapper.contact_imports (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    status text NOT NULL,
    file_name text,
    file_bytes bigint NOT NULL,
    encoding text NOT NULL,
    delimiter text NOT NULL,
    header jsonb NOT NULL,
    samples jsonb NOT NULL,
    row_count int NOT NULL DEFAULT 0,
    parts int NOT NULL DEFAULT 0,
    plan jsonb,
    planned_by text,
    -- The part that comes next, and what the parts before it came to.
    next_part int NOT NULL DEFAULT 0,
    counts jsonb NOT NULL DEFAULT '{}',
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    lease uuid,
    leased_until timestamptz,
    PRIMARY KEY (workspace_id, id)
);

CREATE INDEX contact_imports_in_order ON mapper.contact_imports (workspace_id, created_at, id);
CREATE INDEX contact_imports_due ON mapper.contact_imports (changed_at) WHERE status IN ('checking', 'importing');
CREATE INDEX contact_imports_by_age ON mapper.contact_imports (changed_at);

-- The rows of a file, some hundred in each part, as JSON: [[number, [cell]]]. Gone when the import is done or cancelled.
CREATE TABLE mapper.contact_import_parts (
    workspace_id uuid NOT NULL,
    import_id uuid NOT NULL,
    number int NOT NULL,
    rows bytea NOT NULL,
    PRIMARY KEY (workspace_id, import_id, number),
    FOREIGN KEY (workspace_id, import_id) REFERENCES mapper.contact_imports (workspace_id, id) ON DELETE CASCADE
);

-- What is wrong with a file. `place`: of the column, -1 where it is the row.
CREATE TABLE mapper.contact_import_errors (
    workspace_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row_number int NOT NULL,
    place int NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    cell text NOT NULL,
    PRIMARY KEY (workspace_id, import_id, row_number, place),
    FOREIGN KEY (workspace_id, import_id) REFERENCES mapper.contact_imports (workspace_id, id) ON DELETE CASCADE
);

-- What a file brought stands in the history like what a person wrote.
ALTER TABLE mapper.contact_edits ADD COLUMN import_id uuid;

GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.contact_imports, mapper.contact_import_errors TO connectors_mapper_app;
GRANT SELECT, INSERT, DELETE ON mapper.contact_import_parts TO connectors_mapper_app;
GRANT SELECT, DELETE, UPDATE (lease, leased_until) ON mapper.contact_imports TO connectors_mapper_worker;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['contact_imports', 'contact_import_parts', 'contact_import_errors'] LOOP
        EXECUTE format('ALTER TABLE mapper.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_workspaces ON mapper.%I TO connectors_mapper_app
                USING ((workspace_id = ANY ((SELECT mapper.current_workspaces())::uuid[])) IS TRUE)', name
        );
    END LOOP;
END
$$;

CREATE POLICY all_workspaces ON mapper.contact_imports TO connectors_mapper_worker USING (true);

-- migrate:down
ALTER TABLE mapper.contact_edits DROP COLUMN import_id;
DROP TABLE mapper.contact_import_errors, mapper.contact_import_parts, mapper.contact_imports;
