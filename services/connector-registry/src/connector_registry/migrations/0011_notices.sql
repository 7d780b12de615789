-- migrate:up

-- What the owner of a workspace should know of: one that is open for each cause, closed when the cause has ended. `cause` is what
-- it is known by, such as `failing/<connector>`; `changed_at`: when that began or ended, by the clock of whoever saw it.
CREATE TABLE registry.notices (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_id   uuid NOT NULL,
    cause          text NOT NULL,
    kind           text NOT NULL,
    connector_id   uuid,
    credential_id  uuid,
    detail         text NOT NULL,
    since          timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    opened_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at      timestamptz,
    read_at        timestamptz,
    read_by        text
);

CREATE UNIQUE INDEX open_notices ON registry.notices (workspace_id, cause) WHERE closed_at IS NULL;
CREATE INDEX notices_by_cause ON registry.notices (workspace_id, cause, changed_at);
CREATE INDEX notices_newest ON registry.notices (workspace_id, opened_at DESC, id DESC);
CREATE INDEX open_notices_newest ON registry.notices (workspace_id, opened_at DESC, id DESC) WHERE closed_at IS NULL;
CREATE INDEX open_notices_of_connector ON registry.notices (workspace_id, connector_id) WHERE closed_at IS NULL;
CREATE INDEX open_notices_of_credential ON registry.notices (workspace_id, credential_id) WHERE closed_at IS NULL;
CREATE INDEX closed_notices_by_age ON registry.notices (closed_at) WHERE closed_at IS NOT NULL;

-- The app opens and closes what it sees in a request; the worker what it hears of all workspaces, and it forgets.
GRANT SELECT, INSERT, UPDATE ON registry.notices TO connectors_registry_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.notices TO connectors_registry_worker;

ALTER TABLE registry.notices ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.notices TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY all_workspaces ON registry.notices TO connectors_registry_worker USING (true);

-- How many executions of a connector may wait, of those that are there. Runs with the rights of the owner: the worker, who compares
-- them with the backlogs of all workspaces, sees no definition.
CREATE FUNCTION registry.backlog_ceilings(asked uuid[], default_ceiling bigint)
RETURNS TABLE (workspace_id uuid, connector_id uuid, ceiling bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp AS $$
    SELECT c.workspace_id, c.id, coalesce((v.definition #>> '{config,parking,maxParked}')::bigint, default_ceiling)
    FROM connectors c
    JOIN connector_versions v ON v.connector_id = c.id AND v.version = c.published_version
    WHERE c.id = ANY(asked) AND c.deleted_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION registry.backlog_ceilings(uuid[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.backlog_ceilings(uuid[], bigint) TO connectors_registry_worker;

-- migrate:down

DROP FUNCTION registry.backlog_ceilings;
DROP TABLE registry.notices;
