-- migrate:up

-- Whom the calls of a backlog go to, as far as it is known (`Plan.towards`). When its connector calls somebody else from now on,
-- or a person wants it tried now ('-'), rows that wait for another attempt wait no longer.
ALTER TABLE executor.backlogs ADD COLUMN towards text;

-- The list of one workspace, from a connector on; by its budgets all of them were read and sorted for each page.
CREATE INDEX backlogs_of_workspaces ON executor.backlogs (workspace_id, connector_id);

-- migrate:down
DROP INDEX executor.backlogs_of_workspaces;
ALTER TABLE executor.backlogs DROP COLUMN towards;
