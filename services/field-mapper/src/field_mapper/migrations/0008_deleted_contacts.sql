-- migrate:up
-- Grows with every change of the contact or of its custom fields: what a change by a person is held against.
ALTER TABLE mapper.contacts ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- Which contacts were deleted, by whom, and nothing of what they held: a result that is still on its way makes none of them
-- anew. Forgotten when no result can come again.
CREATE TABLE mapper.deleted_contacts (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    deleted_by text NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);

CREATE INDEX deleted_contacts_by_age ON mapper.deleted_contacts (deleted_at);

GRANT SELECT, INSERT, UPDATE ON mapper.deleted_contacts TO connectors_mapper_app;
GRANT SELECT, DELETE ON mapper.deleted_contacts TO connectors_mapper_worker;
-- Whoever is deleted leaves no history: rows of executions stay, so that none is applied twice, without what they changed.
GRANT DELETE ON mapper.contacts, mapper.contact_edits, mapper.update_bodies TO connectors_mapper_app;
GRANT UPDATE (changes) ON mapper.applied_executions TO connectors_mapper_app;

ALTER TABLE mapper.deleted_contacts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON mapper.deleted_contacts TO connectors_mapper_app
    USING ((workspace_id = ANY ((SELECT mapper.current_workspaces())::uuid[])) IS TRUE);
CREATE POLICY all_workspaces ON mapper.deleted_contacts TO connectors_mapper_worker USING (true);

-- migrate:down
REVOKE DELETE ON mapper.contacts, mapper.contact_edits, mapper.update_bodies FROM connectors_mapper_app;
REVOKE UPDATE (changes) ON mapper.applied_executions FROM connectors_mapper_app;
DROP TABLE mapper.deleted_contacts;
ALTER TABLE mapper.contacts DROP COLUMN revision;
