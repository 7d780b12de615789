-- migrate:up

-- About to be removed without an outcome: its dead letter is written, or being written. A record of the same execution
-- is no repeat of it, but may be a replay of that letter.
ALTER TABLE executor.parked_executions ADD COLUMN leaving boolean NOT NULL DEFAULT false;

-- migrate:down
ALTER TABLE executor.parked_executions DROP COLUMN leaving;
