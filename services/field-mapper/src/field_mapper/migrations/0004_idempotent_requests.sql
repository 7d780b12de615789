-- migrate:up
-- What was answered to a request with an Idempotency-Key; no status while it has no answer. The fingerprint is keyed.
CREATE TABLE mapper.idempotent_requests (
    workspace_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status int,
    headers jsonb,
    body bytea,
    begun_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, key)
);

CREATE INDEX idempotent_requests_by_age ON mapper.idempotent_requests (begun_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON mapper.idempotent_requests TO connectors_mapper_app;
GRANT SELECT, DELETE ON mapper.idempotent_requests TO connectors_mapper_worker;
ALTER TABLE mapper.idempotent_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspaces ON mapper.idempotent_requests TO connectors_mapper_app
    USING ((workspace_id = ANY ((SELECT mapper.current_workspaces())::uuid[])) IS TRUE);
CREATE POLICY all_workspaces ON mapper.idempotent_requests TO connectors_mapper_worker USING (true);

-- migrate:down
DROP TABLE mapper.idempotent_requests;
