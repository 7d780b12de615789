-- migrate:up
-- Keys that are not kept any more are swept for all workspaces.
DROP INDEX registry.idempotent_requests_by_age;
CREATE INDEX idempotent_requests_by_age ON registry.idempotent_requests (begun_at);

GRANT SELECT, DELETE ON registry.idempotent_requests TO connectors_registry_worker;
CREATE POLICY all_workspaces ON registry.idempotent_requests TO connectors_registry_worker USING (true);

-- migrate:down

DROP POLICY all_workspaces ON registry.idempotent_requests;
REVOKE SELECT, DELETE ON registry.idempotent_requests FROM connectors_registry_worker;
DROP INDEX registry.idempotent_requests_by_age;
CREATE INDEX idempotent_requests_by_age ON registry.idempotent_requests (workspace_id, begun_at);
