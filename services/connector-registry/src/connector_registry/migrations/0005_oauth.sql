-- migrate:up

-- What the registry has obtained for a credential. The two tokens are sealed for the registry alone. It is a row of its own,
-- so that a change by a person never writes an older token back, and a refresh never undoes the change.
CREATE TABLE registry.oauth_tokens (
    credential_id  uuid PRIMARY KEY,
    workspace_id   uuid NOT NULL,
    state          text NOT NULL CHECK (state IN ('pending', 'ok', 'failing', 'stale')),
    -- Of every change of this row; with that of the credential it makes the revision that executors are told.
    generation     bigint NOT NULL DEFAULT 0,
    made_for       text,
    access_token   text,
    refresh_token  text,
    key_ids        text[] NOT NULL DEFAULT '{}',
    why            text,
    obtained_at    timestamptz,
    expires_at     timestamptz,
    due_at         timestamptz,
    failures       integer NOT NULL DEFAULT 0,
    unanswered_at  timestamptz,
    connected_by   text,
    withdrawn      boolean NOT NULL DEFAULT false,
    FOREIGN KEY (workspace_id, credential_id)
        REFERENCES registry.credentials (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX oauth_tokens_due ON registry.oauth_tokens (due_at) WHERE due_at IS NOT NULL AND NOT withdrawn;
CREATE INDEX oauth_tokens_by_key ON registry.oauth_tokens USING gin (key_ids);

-- Somebody who was sent to a provider and has not come back. What comes back is known by a hash only.
CREATE TABLE registry.oauth_authorizations (
    state_hash     bytea PRIMARY KEY,
    workspace_id   uuid NOT NULL,
    credential_id  uuid NOT NULL,
    made_for       text NOT NULL,
    verifier       text NOT NULL,
    asked_by       text NOT NULL,
    opener         text,
    binder         bytea NOT NULL,
    expires_at     timestamptz NOT NULL,
    FOREIGN KEY (workspace_id, credential_id)
        REFERENCES registry.credentials (workspace_id, id) ON DELETE CASCADE
);

CREATE INDEX oauth_authorizations_by_credential ON registry.oauth_authorizations (workspace_id, credential_id);
CREATE INDEX oauth_authorizations_by_age ON registry.oauth_authorizations (expires_at);

-- The worker finds what is due, and whom a provider sends back, for all workspaces; tokens change within their own.
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.oauth_tokens, registry.oauth_authorizations TO connectors_registry_app;
GRANT SELECT ON registry.oauth_tokens TO connectors_registry_worker;
GRANT SELECT, DELETE ON registry.oauth_authorizations TO connectors_registry_worker;

ALTER TABLE registry.oauth_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.oauth_authorizations ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.oauth_tokens TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.oauth_authorizations TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY all_workspaces ON registry.oauth_tokens TO connectors_registry_worker USING (true);
CREATE POLICY all_workspaces ON registry.oauth_authorizations TO connectors_registry_worker USING (true);

-- migrate:down

DROP TABLE registry.oauth_authorizations, registry.oauth_tokens;
