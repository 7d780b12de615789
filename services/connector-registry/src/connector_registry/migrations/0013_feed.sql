-- migrate:up

-- How many executions of a workspace have been recorded. Its row is locked from when it is raised until that is committed, so whoever
-- has seen a position has seen all before it.
CREATE TABLE registry.feed_heads (
    workspace_id  uuid PRIMARY KEY,
    position      bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- Which executions were recorded, in that order, for those who follow: a row for some of them. `position` is that of the last one.
CREATE TABLE registry.execution_feed (
    workspace_id  uuid NOT NULL,
    position      bigint NOT NULL,
    ids           uuid[] NOT NULL,
    times         timestamptz[] NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, position)
);

CREATE INDEX execution_feed_by_age ON registry.execution_feed (recorded_at);

GRANT SELECT ON registry.feed_heads, registry.execution_feed TO connectors_registry_app;
GRANT SELECT, INSERT, UPDATE ON registry.feed_heads TO connectors_registry_worker;
GRANT SELECT, INSERT, DELETE ON registry.execution_feed TO connectors_registry_worker;

ALTER TABLE registry.feed_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.execution_feed ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.feed_heads TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.execution_feed TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY all_workspaces ON registry.feed_heads TO connectors_registry_worker USING (true);
CREATE POLICY all_workspaces ON registry.execution_feed TO connectors_registry_worker USING (true);

-- migrate:down

DROP TABLE registry.execution_feed, registry.feed_heads;
