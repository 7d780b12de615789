-- name: find_own_credential^
SELECT id, workspace_id, connector_id, name, type, public, sealed, last_four, allowed_origins, status, revision,
       created_at, created_by, updated_at, updated_by
FROM registry.credentials
WHERE connector_id = :connector_id AND workspace_id = :workspace_id;

-- name: find_shared_credential^
SELECT id, workspace_id, connector_id, name, type, public, sealed, last_four, allowed_origins, status, revision,
       created_at, created_by, updated_at, updated_by
FROM registry.credentials
WHERE id = :id AND workspace_id = :workspace_id AND connector_id IS NULL;

-- name: save_own_credential!
-- The connector's row is locked by the change of which this is a part.
INSERT INTO registry.credentials (
    id, workspace_id, connector_id, name, type, public, sealed, last_four, key_ids, allowed_origins, status, revision,
    created_at, created_by, updated_at, updated_by
) VALUES (
    :id, :workspace_id, :connector_id, :name, :type, :public, :sealed, :last_four, :key_ids, :allowed_origins, :status,
    :revision, :created_at, :created_by, :updated_at, :updated_by
)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, type = excluded.type, public = excluded.public, sealed = excluded.sealed,
    last_four = excluded.last_four, key_ids = excluded.key_ids, allowed_origins = excluded.allowed_origins,
    status = excluded.status, revision = excluded.revision, updated_at = excluded.updated_at,
    updated_by = excluded.updated_by
WHERE credentials.workspace_id = excluded.workspace_id;

-- name: delete_own_credential!
DELETE FROM registry.credentials WHERE id = :id AND workspace_id = :workspace_id;
