-- In the schema of the service, which its connections search.

-- name: forget_old!
-- It is not kept any more, swept or not.
DELETE FROM idempotent_requests
WHERE workspace_id = :workspace_id AND key = :key AND begun_at < now() - make_interval(hours => :hours);

-- name: begin_request$
-- One that was begun long ago and has no answer was not done: whoever repeats it has the key.
INSERT INTO idempotent_requests AS r (workspace_id, key, fingerprint)
VALUES (:workspace_id, :key, :fingerprint)
ON CONFLICT (workspace_id, key) DO UPDATE
SET begun_at = excluded.begun_at
WHERE r.status IS NULL AND r.fingerprint = excluded.fingerprint
  AND r.begun_at < now() - make_interval(secs => :held_seconds)
RETURNING begun_at;

-- name: find_request^
SELECT fingerprint, status, headers, body
FROM idempotent_requests
WHERE workspace_id = :workspace_id AND key = :key;

-- name: finish_request$
UPDATE idempotent_requests
SET status = :status, headers = :headers, body = :body
WHERE workspace_id = :workspace_id AND key = :key AND begun_at = :begun_at
RETURNING true;

-- name: forget_request!
-- Not what was done.
DELETE FROM idempotent_requests
WHERE workspace_id = :workspace_id AND key = :key AND begun_at = :begun_at AND status IS NULL;

-- name: sweep_requests!
DELETE FROM idempotent_requests
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotent_requests
    WHERE begun_at < now() - make_interval(hours => :hours)
    ORDER BY begun_at
    LIMIT :most
));
