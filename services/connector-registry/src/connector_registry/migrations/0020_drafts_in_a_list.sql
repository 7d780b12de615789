-- migrate:up

-- They were kept as a JSON text of their JSON.
UPDATE registry.connector_drafts SET document = (document #>> '{}')::json WHERE json_typeof(document) = 'string';

-- What a list of drafts shows of each, so that it reads no documents. Those are json, not jsonb, for the order of their members.
ALTER TABLE registry.connector_drafts
    ADD COLUMN name text NOT NULL GENERATED ALWAYS AS (
        CASE json_typeof(document -> 'name') WHEN 'string' THEN left(document ->> 'name', 200) ELSE '' END
    ) STORED,
    ADD COLUMN icon text NOT NULL GENERATED ALWAYS AS (
        CASE json_typeof(document -> 'icon') WHEN 'string' THEN left(document ->> 'icon', 200) ELSE '' END
    ) STORED,
    ADD COLUMN category text NOT NULL GENERATED ALWAYS AS (
        CASE json_typeof(document -> 'category') WHEN 'string' THEN left(document ->> 'category', 200) ELSE '' END
    ) STORED;

-- migrate:down

ALTER TABLE registry.connector_drafts DROP COLUMN category, DROP COLUMN icon, DROP COLUMN name;
