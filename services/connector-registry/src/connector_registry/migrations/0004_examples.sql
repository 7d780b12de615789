-- migrate:up

-- Tests that somebody keeps with a connector, by name and without what is secret. json, not jsonb: it keeps numbers and order.
CREATE TABLE registry.connector_examples (
    id            uuid PRIMARY KEY,
    workspace_id  uuid NOT NULL,
    connector_id  uuid NOT NULL REFERENCES registry.connectors (id) ON DELETE CASCADE,
    name          text NOT NULL,
    inputs        json NOT NULL,
    status        integer NOT NULL,
    content_type  text NOT NULL,
    text          text NOT NULL,
    output        json NOT NULL,
    created_at    timestamptz NOT NULL,
    created_by    text NOT NULL,
    UNIQUE (connector_id, name)
);

CREATE INDEX connector_examples_newest ON registry.connector_examples (connector_id, created_at DESC, id DESC);

GRANT SELECT, INSERT, DELETE ON registry.connector_examples TO connectors_registry_app;

ALTER TABLE registry.connector_examples ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.connector_examples TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());

-- migrate:down

DROP TABLE registry.connector_examples;
