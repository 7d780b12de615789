-- migrate:up
-- The age of a parked execution. Drawn in the order of a batch, while its rows are inserted in the order of their keys.
CREATE SEQUENCE executor.parking_order;

-- A queue: every row is inserted, leased once or twice, and deleted. Room in each page (fillfactor) keeps a lease a HOT
-- update, for no index holds a column of the lease. Dead rows at the head are what a take would walk over, so vacuum
-- comes after 2 % or 5,000 of them, not after 20 %; statistics are renewed as often, because the table fills and
-- empties within minutes.
CREATE TABLE executor.parked_executions (
    workspace_id uuid NOT NULL,
    execution_id uuid NOT NULL,
    connector_id uuid NOT NULL,
    -- Where nobody knew the connector, the backlog has an id of its own, and this is the one that was asked for.
    asked_for uuid NOT NULL,
    flow_id text,
    lane smallint NOT NULL,
    seq bigint NOT NULL,
    -- False until `not_before` has passed and a take has noticed it.
    ready boolean NOT NULL,
    not_before timestamptz NOT NULL,
    expires_at timestamptz,
    attempt integer NOT NULL,
    reason text NOT NULL,
    cancelled boolean NOT NULL DEFAULT false,
    parked_at timestamptz NOT NULL DEFAULT now(),
    message bytea NOT NULL,
    envelope bytea NOT NULL,
    lease_owner text,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    generation text,
    PRIMARY KEY (workspace_id, execution_id)
) WITH (
    fillfactor = 75,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.1,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_analyze_threshold = 5000
);

CREATE INDEX parked_executions_ready ON executor.parked_executions (connector_id, lane, seq)
    WHERE ready AND NOT cancelled;
CREATE INDEX parked_executions_waiting ON executor.parked_executions (connector_id, not_before, seq)
    WHERE NOT ready AND NOT cancelled;
CREATE INDEX parked_executions_expiring ON executor.parked_executions (expires_at)
    WHERE expires_at IS NOT NULL AND NOT cancelled;
CREATE INDEX parked_executions_cancelled ON executor.parked_executions (seq) WHERE cancelled;

-- One row per connector with parked executions. The indexes have no condition on `parked`: with one, no change of the
-- count could be a HOT update. Instead `due_at` is infinity while nothing is parked.
CREATE TABLE executor.backlogs (
    connector_id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    budget text NOT NULL,
    parked bigint NOT NULL,
    reason text NOT NULL,
    -- While leased: the end of the lease.
    due_at timestamptz NOT NULL,
    -- The earliest moment that was asked for since the lease began.
    asked_at timestamptz NOT NULL DEFAULT 'infinity',
    lease_owner text,
    lease_until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE INDEX backlogs_due ON executor.backlogs (due_at);
CREATE INDEX backlogs_by_budget ON executor.backlogs (workspace_id, budget);

-- Parking and draining are the work of the worker, for all workspaces. The app shows a caller what is parked for his, and
-- calls it off.
GRANT USAGE ON SCHEMA executor TO connectors_executor_app, connectors_executor_worker;
GRANT USAGE ON SEQUENCE executor.parking_order TO connectors_executor_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON executor.parked_executions, executor.backlogs TO connectors_executor_worker;
GRANT SELECT ON executor.parked_executions, executor.backlogs TO connectors_executor_app;
GRANT UPDATE (cancelled) ON executor.parked_executions TO connectors_executor_app;

CREATE FUNCTION executor.current_workspace() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('app.workspace_id', true), '')::uuid
$$;

ALTER TABLE executor.parked_executions ENABLE ROW LEVEL SECURITY;
ALTER TABLE executor.backlogs ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_workspaces ON executor.parked_executions TO connectors_executor_worker USING (true);
CREATE POLICY all_workspaces ON executor.backlogs TO connectors_executor_worker USING (true);
CREATE POLICY own_workspace ON executor.parked_executions TO connectors_executor_app
    USING (workspace_id = executor.current_workspace());
CREATE POLICY own_workspace ON executor.backlogs TO connectors_executor_app
    USING (workspace_id = executor.current_workspace());

-- migrate:down
DROP TABLE executor.backlogs, executor.parked_executions;
DROP SEQUENCE executor.parking_order;
DROP FUNCTION executor.current_workspace();
