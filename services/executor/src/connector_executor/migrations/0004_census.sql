-- migrate:up

-- One row: what every replica tells of the backlogs. Whichever finds it too old counts for all of them; a count by each
-- would walk the same table as often as there are replicas.
CREATE TABLE executor.census (
    counted_at timestamptz NOT NULL DEFAULT '-infinity',
    counted jsonb NOT NULL DEFAULT '[]'
);
INSERT INTO executor.census DEFAULT VALUES;

GRANT SELECT, UPDATE ON executor.census TO connectors_executor_worker;
ALTER TABLE executor.census ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_workspaces ON executor.census TO connectors_executor_worker USING (true);

-- migrate:down
DROP TABLE executor.census;
