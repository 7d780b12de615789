-- migrate:up

-- When the engine heard of each: the hops of a step.
ALTER TABLE flows.run_steps ADD COLUMN result_at timestamptz, ADD COLUMN update_at timestamptz;

CREATE INDEX runs_under_way ON flows.runs (workspace_id, flow_id) WHERE state = 'running';

-- migrate:down

DROP INDEX flows.runs_under_way;
ALTER TABLE flows.run_steps DROP COLUMN update_at, DROP COLUMN result_at;
