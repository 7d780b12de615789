-- migrate:up

-- How long the API of a backlog has been unavailable: `troubled_seconds` up to the beginning of the present `trouble`,
-- which began at `trouble_since`.
ALTER TABLE executor.backlogs
    ADD COLUMN trouble text,
    ADD COLUMN trouble_since timestamptz,
    ADD COLUMN troubled_seconds double precision NOT NULL DEFAULT 0;

-- A row ends when its backlog has been in trouble for so many seconds: as that clock stands still in good times, no row
-- is touched when an API fails or recovers. NULL is never.
ALTER TABLE executor.parked_executions ADD COLUMN trouble_limit double precision;

CREATE INDEX parked_executions_past_limit ON executor.parked_executions (connector_id, trouble_limit, seq)
    WHERE trouble_limit IS NOT NULL AND NOT cancelled;

-- migrate:down
DROP INDEX executor.parked_executions_past_limit;
ALTER TABLE executor.parked_executions DROP COLUMN trouble_limit;
ALTER TABLE executor.backlogs DROP COLUMN troubled_seconds, DROP COLUMN trouble_since, DROP COLUMN trouble;
