-- migrate:up

-- Tests that somebody has kept of a connector that is not saved yet: they become its examples when it is.
ALTER TABLE registry.connector_drafts ADD COLUMN examples json NOT NULL DEFAULT '[]';

-- migrate:down

ALTER TABLE registry.connector_drafts DROP COLUMN examples;
