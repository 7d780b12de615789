-- migrate:up

-- The head: what changes without a new version. `revision` counts every change, of the head or of what is published.
CREATE TABLE registry.connectors (
    id                 uuid PRIMARY KEY,
    workspace_id       uuid NOT NULL,
    name               text NOT NULL,
    description        text,
    icon               text,
    category           text NOT NULL,
    enabled            boolean NOT NULL,
    revision           bigint NOT NULL,
    published_version  integer NOT NULL,
    created_at         timestamptz NOT NULL,
    created_by         text NOT NULL,
    updated_at         timestamptz NOT NULL,
    updated_by         text NOT NULL,
    -- Until it is purged it can be restored, with all that belongs to it.
    deleted_at         timestamptz,
    deleted_by         text,
    CHECK ((deleted_at IS NULL) = (deleted_by IS NULL))
);

CREATE INDEX connectors_by_workspace ON registry.connectors (workspace_id, created_at DESC, id DESC);

-- The only place of a definition. json, not jsonb: it keeps the order in which a person wrote inputs and bodies.
CREATE TABLE registry.connector_versions (
    connector_id  uuid NOT NULL REFERENCES registry.connectors (id) ON DELETE CASCADE,
    version       integer NOT NULL,
    workspace_id  uuid NOT NULL,
    definition    json NOT NULL,
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (connector_id, version)
);

ALTER TABLE registry.connectors ADD CONSTRAINT published_version_exists
    FOREIGN KEY (id, published_version) REFERENCES registry.connector_versions (connector_id, version)
    DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION registry.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'versions of a connector are immutable';
END
$$;

CREATE TRIGGER versions_are_immutable BEFORE UPDATE ON registry.connector_versions
    FOR EACH ROW EXECUTE FUNCTION registry.refuse_change();

-- `sealed` holds ciphertext only; what is not secret (user name, header name) is in `public`, and what is shown of a
-- secret in `last_four`. `connector_id`: whose own it is; null when several connectors may use it.
CREATE TABLE registry.credentials (
    id               uuid PRIMARY KEY,
    workspace_id     uuid NOT NULL,
    connector_id     uuid UNIQUE REFERENCES registry.connectors (id) ON DELETE CASCADE,
    name             text NOT NULL,
    type             text NOT NULL,
    public           jsonb NOT NULL DEFAULT '{}',
    sealed           jsonb NOT NULL,
    last_four        jsonb NOT NULL,
    -- Of all that is sealed in it, so that a rotation finds what is left to do.
    key_ids          text[] NOT NULL,
    allowed_origins  text[] NOT NULL,
    status           text NOT NULL CHECK (status IN ('ok', 'stale')),
    revision         bigint NOT NULL,
    created_at       timestamptz NOT NULL,
    created_by       text NOT NULL,
    updated_at       timestamptz NOT NULL,
    updated_by       text NOT NULL,
    UNIQUE (workspace_id, id)
);

CREATE INDEX credentials_by_key ON registry.credentials USING gin (key_ids);
CREATE INDEX shared_credentials ON registry.credentials (workspace_id, created_at DESC, id DESC)
    WHERE connector_id IS NULL;

-- The shared credential that authorizes a connector's calls, of its own workspace; it cannot be deleted meanwhile.
ALTER TABLE registry.connectors
    ADD COLUMN credential_id uuid,
    ADD CONSTRAINT connectors_credential FOREIGN KEY (workspace_id, credential_id)
        REFERENCES registry.credentials (workspace_id, id);

CREATE INDEX connectors_by_credential ON registry.connectors (workspace_id, credential_id)
    WHERE credential_id IS NOT NULL;

-- What is published as deleted, until nobody can ask for it any more.
CREATE TABLE registry.deletions (
    key           text PRIMARY KEY,
    workspace_id  uuid NOT NULL,
    topic         text NOT NULL,
    revision      bigint NOT NULL,
    deleted_by    text NOT NULL,
    deleted_at    timestamptz NOT NULL
);

CREATE INDEX deletions_by_age ON registry.deletions (deleted_at);

CREATE FUNCTION registry.current_workspace() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('app.workspace_id', true), '')::uuid
$$;

CREATE TABLE registry.outbox (
    id            bigserial PRIMARY KEY,
    workspace_id  uuid NOT NULL DEFAULT registry.current_workspace(),
    topic         text NOT NULL,
    key           text NOT NULL,
    value         bytea,
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- Since when it is known that Kafka will never take it.
    set_aside_at  timestamptz
);

CREATE INDEX outbox_by_key ON registry.outbox (key);
CREATE INDEX outbox_set_aside ON registry.outbox (id) WHERE set_aside_at IS NOT NULL;

-- What was answered to a request with an Idempotency-Key; no status while it has no answer. The fingerprint is keyed, and the
-- answers of what is remembered hold no secret.
CREATE TABLE registry.idempotent_requests (
    workspace_id  uuid NOT NULL,
    key           text NOT NULL,
    fingerprint   bytea NOT NULL,
    status        integer,
    headers       jsonb,
    body          bytea,
    begun_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, key)
);

CREATE INDEX idempotent_requests_by_age ON registry.idempotent_requests (workspace_id, begun_at);

-- The second wall between workspaces. The app serves one at a time; versions are immutable for it. The worker publishes and
-- purges, for all of them.
GRANT USAGE ON SCHEMA registry TO connectors_registry_app, connectors_registry_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.connectors, registry.credentials, registry.idempotent_requests
    TO connectors_registry_app;
GRANT SELECT, INSERT, DELETE ON registry.connector_versions TO connectors_registry_app;
GRANT SELECT, INSERT ON registry.outbox TO connectors_registry_app;
GRANT SELECT, INSERT, DELETE ON registry.deletions TO connectors_registry_app;
GRANT USAGE ON SEQUENCE registry.outbox_id_seq TO connectors_registry_app, connectors_registry_worker;
GRANT SELECT, INSERT, UPDATE (set_aside_at), DELETE ON registry.outbox TO connectors_registry_worker;
GRANT SELECT, UPDATE, DELETE ON registry.deletions TO connectors_registry_worker;
-- What has been deleted is purged within its workspace.
GRANT SELECT, DELETE ON registry.connectors TO connectors_registry_worker;
GRANT SELECT ON registry.connector_versions TO connectors_registry_worker;

ALTER TABLE registry.connectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.connector_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.credentials ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.idempotent_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.deletions ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.connectors TO connectors_registry_app, connectors_registry_worker
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.connector_versions TO connectors_registry_app, connectors_registry_worker
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.credentials TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.idempotent_requests TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.outbox TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.deletions TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY all_workspaces ON registry.outbox TO connectors_registry_worker USING (true);
CREATE POLICY all_workspaces ON registry.deletions TO connectors_registry_worker USING (true);

-- migrate:down

DROP TABLE registry.idempotent_requests, registry.outbox, registry.deletions, registry.credentials, registry.connector_versions, registry.connectors;
DROP FUNCTION registry.refuse_change(), registry.current_workspace();
