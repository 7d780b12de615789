-- migrate:up

CREATE FUNCTION flows.current_workspace() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('app.workspace_id', true), '')::uuid
$$;

CREATE TABLE flows.flows (
    id            uuid PRIMARY KEY,
    workspace_id  uuid NOT NULL,
    name          text NOT NULL,
    enabled       boolean NOT NULL,
    revision      bigint NOT NULL,
    created_at    timestamptz NOT NULL,
    created_by    text NOT NULL,
    updated_at    timestamptz NOT NULL,
    updated_by    text NOT NULL,
    deleted_at    timestamptz
);

CREATE INDEX flows_in_order ON flows.flows (workspace_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;

-- A run goes on by the revision that it was started with.
CREATE TABLE flows.flow_versions (
    flow_id       uuid NOT NULL REFERENCES flows.flows (id) ON DELETE CASCADE,
    revision      bigint NOT NULL,
    workspace_id  uuid NOT NULL,
    definition    json NOT NULL,
    PRIMARY KEY (flow_id, revision)
);

CREATE TABLE flows.runs (
    id            uuid PRIMARY KEY,
    workspace_id  uuid NOT NULL,
    flow_id       uuid NOT NULL,
    revision      bigint NOT NULL,
    state         text NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled')),
    -- Of the next instruction.
    position      integer NOT NULL,
    contact_id    text,
    contact       json,
    input         json NOT NULL,
    variables     json NOT NULL,
    error         json,
    tries         integer NOT NULL,
    due_at        timestamptz NOT NULL,
    started_at    timestamptz NOT NULL,
    started_by    text NOT NULL,
    ended_at      timestamptz,
    FOREIGN KEY (flow_id, revision) REFERENCES flows.flow_versions (flow_id, revision)
) WITH (fillfactor = 70);

CREATE INDEX runs_due ON flows.runs (due_at) WHERE state = 'running';
CREATE INDEX runs_in_order ON flows.runs (workspace_id, started_at DESC, id DESC);
CREATE INDEX runs_of_flow ON flows.runs (workspace_id, flow_id, started_at DESC, id DESC);
CREATE INDEX runs_of_version ON flows.runs (flow_id, revision);
CREATE INDEX runs_of_contact ON flows.runs (workspace_id, contact_id, started_at DESC, id DESC)
    WHERE contact_id IS NOT NULL;
CREATE INDEX runs_by_age ON flows.runs (ended_at) WHERE state <> 'running';

CREATE TABLE flows.run_steps (
    run_id        uuid NOT NULL REFERENCES flows.runs (id) ON DELETE CASCADE,
    workspace_id  uuid NOT NULL,
    step_id       text NOT NULL,
    number        integer NOT NULL,
    action        text NOT NULL,
    state         text NOT NULL CHECK (state IN ('running', 'succeeded', 'failed')),
    execution_id  uuid,
    until         timestamptz,
    asked         json,
    result        json,
    update        json,
    error         json,
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (run_id, step_id)
) WITH (fillfactor = 70);

CREATE UNIQUE INDEX run_steps_by_execution ON flows.run_steps (execution_id) WHERE execution_id IS NOT NULL;

-- Executions that are to be published: stored with the step that asks for them.
CREATE TABLE flows.outbox (
    id            bigserial PRIMARY KEY,
    workspace_id  uuid NOT NULL,
    key           bytea NOT NULL,
    value         bytea NOT NULL
);

GRANT USAGE ON SCHEMA flows TO connectors_flows_app, connectors_flows_worker;
GRANT SELECT, INSERT, UPDATE ON flows.flows TO connectors_flows_app;
GRANT SELECT, INSERT ON flows.flow_versions, flows.runs TO connectors_flows_app;
GRANT UPDATE (state, ended_at, error) ON flows.runs TO connectors_flows_app;
GRANT SELECT ON flows.run_steps TO connectors_flows_app;
GRANT SELECT ON flows.flow_versions TO connectors_flows_worker;
GRANT SELECT, UPDATE, DELETE ON flows.runs TO connectors_flows_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON flows.run_steps TO connectors_flows_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON flows.outbox TO connectors_flows_worker;
GRANT USAGE ON SEQUENCE flows.outbox_id_seq TO connectors_flows_worker;

ALTER TABLE flows.flows ENABLE ROW LEVEL SECURITY;
ALTER TABLE flows.flow_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE flows.runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE flows.run_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE flows.outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON flows.flows TO connectors_flows_app USING (workspace_id = flows.current_workspace());
CREATE POLICY own_workspace ON flows.flow_versions TO connectors_flows_app
    USING (workspace_id = flows.current_workspace());
CREATE POLICY own_workspace ON flows.runs TO connectors_flows_app USING (workspace_id = flows.current_workspace());
CREATE POLICY own_workspace ON flows.run_steps TO connectors_flows_app
    USING (workspace_id = flows.current_workspace());
CREATE POLICY all_workspaces ON flows.flow_versions TO connectors_flows_worker USING (true);
CREATE POLICY all_workspaces ON flows.runs TO connectors_flows_worker USING (true);
CREATE POLICY all_workspaces ON flows.run_steps TO connectors_flows_worker USING (true);
CREATE POLICY all_workspaces ON flows.outbox TO connectors_flows_worker USING (true);

-- migrate:down

DROP TABLE flows.outbox, flows.run_steps, flows.runs, flows.flow_versions, flows.flows;
DROP FUNCTION flows.current_workspace();
