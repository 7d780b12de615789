-- migrate:up

-- How long the API of a backlog has been unavailable: `troubled_seconds` up to the beginning of the present `trouble`,
-- which began at `trouble_since`.
ALTER TABLE executor.backlogs
    ADD COLUMN trouble text,
    ADD COLUMN trouble_since timestamptz,
    ADD COLUMN troubled_seconds double precision NOT NULL DEFAULT 0;

-- A row ends when its backlog has been in trouble for so many seconds: as that clock stands still in good times, no row
-- is touched when an API fails or recovers. NULL is never.
ALTER TABLE executor.parked_executions ADD COLUMN gives_up_after double precision;

CREATE INDEX parked_executions_giving_up ON executor.parked_executions (connector_id, gives_up_after, seq)
    WHERE gives_up_after IS NOT NULL AND NOT cancelled;

-- migrate:down
DROP INDEX executor.parked_executions_giving_up;
ALTER TABLE executor.parked_executions DROP COLUMN gives_up_after;
ALTER TABLE executor.backlogs DROP COLUMN troubled_seconds, DROP COLUMN trouble_since, DROP COLUMN trouble;
