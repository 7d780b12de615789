-- migrate:up

-- Whom the calls of a backlog go to, as far as it is known (`Plan.towards`). When its connector calls somebody else from now on,
-- or a person wants it tried now ('-'), rows that wait for another attempt wait no longer.
ALTER TABLE executor.backlogs ADD COLUMN towards text;

-- migrate:down
ALTER TABLE executor.backlogs DROP COLUMN towards;
