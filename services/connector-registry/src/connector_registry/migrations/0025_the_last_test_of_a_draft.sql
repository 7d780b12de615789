-- migrate:up

-- The last test of what a draft holds, with its answer: it is there again when somebody goes on. null: nobody has tested it.
ALTER TABLE registry.connector_drafts ADD COLUMN last_test json NOT NULL DEFAULT 'null';

-- migrate:down

ALTER TABLE registry.connector_drafts DROP COLUMN last_test;
