-- migrate:up
-- What a check of a file knows when its turn is over: the keys by which the parts before `part` would make contacts, as
-- a filter of a fixed length. Random bits are not compressed for nothing.
CREATE TABLE mapper.contact_import_checks (
    workspace_id uuid NOT NULL,
    import_id uuid NOT NULL,
    part int NOT NULL,
    known bytea NOT NULL,
    PRIMARY KEY (workspace_id, import_id),
    FOREIGN KEY (workspace_id, import_id) REFERENCES mapper.contact_imports (workspace_id, id) ON DELETE CASCADE
);
ALTER TABLE mapper.contact_import_checks ALTER COLUMN known SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.contact_import_checks TO connectors_mapper_app;
ALTER TABLE mapper.contact_import_checks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON mapper.contact_import_checks TO connectors_mapper_app
    USING ((workspace_id = ANY ((SELECT mapper.current_workspaces())::uuid[])) IS TRUE);

-- migrate:down
DROP TABLE mapper.contact_import_checks;
