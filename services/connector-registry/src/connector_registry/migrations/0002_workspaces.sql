-- migrate:up

-- What the owner of a workspace has settled; one that is not here has the defaults.
CREATE TABLE registry.workspaces (
    workspace_id         uuid PRIMARY KEY,
    name                 text NOT NULL,
    phone_region         text,
    retention_days       integer NOT NULL,
    requests_per_minute  integer NOT NULL,
    waiting_callers      integer NOT NULL,
    allowed_origins      text[] NOT NULL,
    revision             bigint NOT NULL,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    updated_by           text NOT NULL
);

-- Internal hosts that a connector, or all of a workspace, may call.
CREATE TABLE registry.grants (
    id            uuid PRIMARY KEY,
    workspace_id  uuid NOT NULL,
    connector_id  uuid,
    host          text NOT NULL,
    port          integer NOT NULL,
    reason        text NOT NULL,
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (workspace_id, connector_id, host, port)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON registry.workspaces, registry.grants TO connectors_registry_app;

ALTER TABLE registry.workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.grants ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.workspaces TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.grants TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());

-- Whether a workspace has a connector, and how its calls are limited, in one round trip; it enters the workspace itself.
CREATE FUNCTION registry.execution_terms(asked_workspace uuid, asked_connector uuid)
RETURNS TABLE (is_known boolean, waiting_callers integer, requests_per_minute integer) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('app.workspace_id', asked_workspace::text, true);
    RETURN QUERY
    SELECT EXISTS (
               SELECT FROM registry.connectors c
               WHERE c.id = asked_connector AND c.workspace_id = asked_workspace AND c.deleted_at IS NULL
           ),
           w.waiting_callers, w.requests_per_minute
    FROM (VALUES (1)) AS one_row
    LEFT JOIN registry.workspaces w ON w.workspace_id = asked_workspace;
END
$$;

-- migrate:down

DROP FUNCTION registry.execution_terms;
DROP TABLE registry.grants;
DROP TABLE registry.workspaces;
