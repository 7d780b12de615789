-- migrate:up

-- When a secret of a shared credential was last entered; null for a connector's own, whose changes are the connector's.
ALTER TABLE registry.credentials ADD COLUMN entered_at timestamptz;

-- The page of the console that a person left, and comes back to, where no window waits for them.
ALTER TABLE registry.oauth_authorizations ADD COLUMN return_to text;

-- What somebody is making in the wizard, without what is secret: a connector as it would be sent, judged by nobody. json, not jsonb: it
-- keeps numbers and order. `base_revision`: of the connector that it is a change of.
CREATE TABLE registry.connector_drafts (
    id             uuid PRIMARY KEY,
    workspace_id   uuid NOT NULL,
    owner          text NOT NULL,
    connector_id   uuid REFERENCES registry.connectors (id) ON DELETE CASCADE,
    base_revision  bigint,
    step           text NOT NULL,
    document       json NOT NULL,
    revision       bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

CREATE UNIQUE INDEX one_draft_of_a_connector ON registry.connector_drafts (workspace_id, owner, connector_id)
    WHERE connector_id IS NOT NULL;
CREATE INDEX connector_drafts_newest ON registry.connector_drafts (workspace_id, owner, updated_at DESC, id DESC);
CREATE INDEX connector_drafts_of_connector ON registry.connector_drafts (connector_id);
CREATE INDEX connector_drafts_by_age ON registry.connector_drafts (updated_at);

-- The worker forgets old ones of all workspaces.
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.connector_drafts TO connectors_registry_app;
GRANT SELECT, DELETE ON registry.connector_drafts TO connectors_registry_worker;

ALTER TABLE registry.connector_drafts ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.connector_drafts TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY all_workspaces ON registry.connector_drafts TO connectors_registry_worker USING (true);

-- migrate:down

DROP TABLE registry.connector_drafts;
ALTER TABLE registry.oauth_authorizations DROP COLUMN return_to;
ALTER TABLE registry.credentials DROP COLUMN entered_at;
