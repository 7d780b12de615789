-- name: find_credential^
SELECT id, workspace_id, connector_id, type, public, sealed, created_at, updated_at
FROM registry.credentials
WHERE connector_id = :connector_id AND workspace_id = :workspace_id;

-- name: save_credential!
INSERT INTO registry.credentials (
    id, workspace_id, connector_id, type, public, sealed, key_id, created_at, updated_at
) VALUES (:id, :workspace_id, :connector_id, :type, :public, :sealed, :key_id, :created_at, :updated_at)
ON CONFLICT (id) DO UPDATE
SET type = excluded.type, public = excluded.public, sealed = excluded.sealed, key_id = excluded.key_id,
    updated_at = excluded.updated_at
WHERE credentials.workspace_id = excluded.workspace_id;

-- name: delete_credential!
DELETE FROM registry.credentials WHERE connector_id = :connector_id AND workspace_id = :workspace_id;
