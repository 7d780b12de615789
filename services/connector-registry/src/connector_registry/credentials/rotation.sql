-- name: sealed_under
SELECT workspace_id, credential_id FROM registry.sealed_under(:keys, :after, :limit);

-- name: count_sealed^
SELECT under_former, under_unknown FROM registry.count_sealed(:former, :known);

-- name: take_token$
-- Unless somebody renews it at this moment.
SELECT credential_id FROM registry.oauth_tokens
WHERE credential_id = :id AND workspace_id = :workspace_id
FOR UPDATE SKIP LOCKED;

-- name: is_withdrawn$
SELECT deleted_at IS NOT NULL FROM registry.connectors WHERE id = :connector_id AND workspace_id = :workspace_id;

-- name: save_sealed$
UPDATE registry.credentials SET sealed = :sealed, key_ids = :key_ids, sealings = sealings + 1
WHERE id = :id AND workspace_id = :workspace_id
RETURNING sealings;

-- name: save_token_sealed!
UPDATE registry.oauth_tokens SET access_token = :access_token, refresh_token = :refresh_token, key_ids = :key_ids
WHERE credential_id = :id AND workspace_id = :workspace_id;
