-- In the schema of the service, which its connections search.

-- name: forget_old!
-- It is not kept any more, swept or not.
DELETE FROM idempotent_requests
WHERE workspace_id = :workspace_id AND key = :key AND begun_at < now() - make_interval(hours => :hours);

-- name: begin_request$
INSERT INTO idempotent_requests (workspace_id, key, fingerprint)
VALUES (:workspace_id, :key, :fingerprint)
ON CONFLICT DO NOTHING
RETURNING true;

-- name: find_request^
SELECT fingerprint, status, headers, body
FROM idempotent_requests
WHERE workspace_id = :workspace_id AND key = :key;

-- name: finish_request$
UPDATE idempotent_requests
SET status = :status, headers = :headers, body = :body
WHERE workspace_id = :workspace_id AND key = :key
RETURNING true;

-- name: forget_request!
-- Not what was done.
DELETE FROM idempotent_requests WHERE workspace_id = :workspace_id AND key = :key AND status IS NULL;

-- name: sweep_requests!
DELETE FROM idempotent_requests
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotent_requests
    WHERE begun_at < now() - make_interval(hours => :hours)
    ORDER BY begun_at
    LIMIT :most
));
