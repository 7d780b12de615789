-- migrate:up

-- Keys by which programs of a workspace call the REST API. Their text is known to whoever made them: here is a hash of it.
CREATE TABLE registry.api_keys (
    id                   uuid PRIMARY KEY,
    workspace_id         uuid NOT NULL,
    name                 text NOT NULL,
    prefix               text NOT NULL,
    key_hash             bytea NOT NULL UNIQUE,
    kind                 text NOT NULL,
    scopes               text[] NOT NULL,
    requests_per_minute  integer,
    created_at           timestamptz NOT NULL,
    created_by           text NOT NULL,
    expires_at           timestamptz,
    last_used_at         timestamptz,
    revoked_at           timestamptz,
    revoked_by           text,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);

CREATE UNIQUE INDEX api_keys_by_name ON registry.api_keys (workspace_id, name) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_newest ON registry.api_keys (workspace_id, created_at DESC, id DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON registry.api_keys TO connectors_registry_app;

ALTER TABLE registry.api_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.api_keys TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
-- Whose a key is, is not known before it has been found: who presents one sees that row, and can change nothing by it.
CREATE POLICY presented ON registry.api_keys FOR SELECT TO connectors_registry_app
    USING (key_hash = decode(current_setting('app.presented_key', true), 'hex'));

-- The key of this hash, in one round trip. That it is in use is noted now and then; who finds somebody noting it does not wait.
CREATE FUNCTION registry.presented_api_key(asked_hash bytea, asked_at timestamptz, noted_every interval)
RETURNS SETOF registry.api_keys LANGUAGE plpgsql AS $$
DECLARE
    presented registry.api_keys;
BEGIN
    PERFORM set_config('app.presented_key', encode(asked_hash, 'hex'), true);
    SELECT * INTO presented FROM registry.api_keys k WHERE k.key_hash = asked_hash;
    IF presented.id IS NULL THEN
        RETURN;
    END IF;
    IF presented.revoked_at IS NULL AND (presented.expires_at IS NULL OR asked_at < presented.expires_at)
        AND (presented.last_used_at IS NULL OR presented.last_used_at <= asked_at - noted_every)
    THEN
        PERFORM set_config('app.workspace_id', presented.workspace_id::text, true);
        PERFORM FROM registry.api_keys k WHERE k.id = presented.id FOR NO KEY UPDATE SKIP LOCKED;
        IF found THEN
            UPDATE registry.api_keys k SET last_used_at = greatest(k.last_used_at, asked_at) WHERE k.id = presented.id;
            presented.last_used_at := asked_at;
        END IF;
    END IF;
    RETURN NEXT presented;
END
$$;

-- migrate:down

DROP FUNCTION registry.presented_api_key;
DROP TABLE registry.api_keys;
