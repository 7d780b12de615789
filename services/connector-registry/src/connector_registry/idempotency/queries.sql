-- name: forget_old!
-- Within the workspace that asks: row-level security lets nobody see another's.
DELETE FROM registry.idempotent_requests
WHERE workspace_id = :workspace_id AND begun_at < now() - make_interval(hours => :hours);

-- name: begin_request$
INSERT INTO registry.idempotent_requests (workspace_id, key, fingerprint)
VALUES (:workspace_id, :key, :fingerprint)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: find_request^
SELECT fingerprint, status, headers, body
FROM registry.idempotent_requests
WHERE workspace_id = :workspace_id AND key = :key;

-- name: finish_request!
UPDATE registry.idempotent_requests
SET status = :status, headers = :headers, body = :body
WHERE workspace_id = :workspace_id AND key = :key;

-- name: forget_request!
DELETE FROM registry.idempotent_requests WHERE workspace_id = :workspace_id AND key = :key;
