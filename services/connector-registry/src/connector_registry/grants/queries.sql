-- name: wait_for_turn$
-- One at a time of each workspace, so that two cannot both be the last one.
SELECT pg_advisory_xact_lock(hashtextextended('registry.grants/' || :workspace_id::text, 0));

-- name: count_grants$
SELECT count(*) FROM registry.grants WHERE workspace_id = :workspace_id;

-- name: insert_grant$
INSERT INTO registry.grants (id, workspace_id, connector_id, host, port, reason, created_by, created_at)
VALUES (:id, :workspace_id, :connector_id, :host, :port, :reason, :created_by, :created_at)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: find_grant^
SELECT id, workspace_id, connector_id, host, port, reason, created_by, created_at
FROM registry.grants
WHERE id = :id AND workspace_id = :workspace_id;

-- name: all_grants
SELECT id, workspace_id, connector_id, host, port, reason, created_by, created_at
FROM registry.grants
WHERE workspace_id = :workspace_id
ORDER BY created_at DESC, id DESC;

-- name: delete_grant$
DELETE FROM registry.grants WHERE id = :id AND workspace_id = :workspace_id RETURNING id;
