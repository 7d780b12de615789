-- name: presented^
SELECT id, workspace_id, name, prefix, kind, scopes, requests_per_minute, created_at, created_by, expires_at,
       last_used_at, revoked_at, revoked_by
FROM registry.presented_api_key(:key_hash, :at, :noted_every);

-- name: wait_for_turn$
-- One at a time of each workspace, so that two cannot both be the last one.
SELECT pg_advisory_xact_lock(hashtextextended('registry.api_keys/' || :workspace_id::text, 0));

-- name: forget_ended!
-- Of those that ended long ago nobody asks any more.
DELETE FROM registry.api_keys
WHERE workspace_id = :workspace_id AND coalesce(revoked_at, expires_at) < :at::timestamptz - interval '400 days';

-- name: count_keys$
SELECT count(*) FROM registry.api_keys WHERE workspace_id = :workspace_id AND revoked_at IS NULL;

-- name: insert_key$
INSERT INTO registry.api_keys (
    id, workspace_id, name, prefix, key_hash, kind, scopes, requests_per_minute, created_at, created_by, expires_at
) VALUES (
    :id, :workspace_id, :name, :prefix, :key_hash, :kind, :scopes, :requests_per_minute, :created_at, :created_by,
    :expires_at
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: page_of_keys
SELECT id, workspace_id, name, prefix, kind, scopes, requests_per_minute, created_at, created_by, expires_at,
       last_used_at, revoked_at, revoked_by
FROM registry.api_keys
WHERE workspace_id = :workspace_id
  AND (:after_at::timestamptz IS NULL OR (created_at, id) < (:after_at, :after_id::uuid))
ORDER BY created_at DESC, id DESC
LIMIT :limit;

-- name: revoke_key^
-- `is_new`: it was not revoked before.
UPDATE registry.api_keys
SET revoked_at = coalesce(revoked_at, :at), revoked_by = coalesce(revoked_by, :by)
WHERE id = :id AND workspace_id = :workspace_id
RETURNING name, (revoked_at = :at AND revoked_by = :by) AS is_new;
