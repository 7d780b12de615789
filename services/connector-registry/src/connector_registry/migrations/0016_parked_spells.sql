-- migrate:up

-- When an execution was kept for later, and why: told by its result.
ALTER TABLE registry.connector_executions ADD COLUMN parked json;

-- migrate:down

ALTER TABLE registry.connector_executions DROP COLUMN parked;
