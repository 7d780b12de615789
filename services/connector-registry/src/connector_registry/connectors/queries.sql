-- name: enter_workspace$
-- What row-level security compares with, until the transaction ends.
SELECT set_config('app.workspace_id', :workspace_id, true);

-- name: insert_connector!
INSERT INTO registry.connectors (
    id, workspace_id, name, description, icon, category, enabled, revision, published_version,
    created_at, created_by, updated_at, updated_by, credential_id
) VALUES (
    :id, :workspace_id, :name, :description, :icon, :category, :enabled, :revision, :version,
    :created_at, :created_by, :updated_at, :updated_by, :credential_id
);

-- name: update_connector$
-- `was_deleted`: whether it was before.
UPDATE registry.connectors
SET name = :name, description = :description, icon = :icon, category = :category, enabled = :enabled,
    revision = :revision, published_version = :version, updated_at = :updated_at, updated_by = :updated_by,
    deleted_at = :deleted_at, deleted_by = :deleted_by, credential_id = :credential_id
WHERE id = :id AND workspace_id = :workspace_id AND revision = :revision - 1
  AND (deleted_at IS NOT NULL) = :was_deleted
RETURNING id;

-- name: purge_connector!
-- With its versions and its credential.
DELETE FROM registry.connectors WHERE id = :id AND workspace_id = :workspace_id AND deleted_at IS NOT NULL;

-- name: former_versions
-- Those that were published for whoever asks for them by number.
SELECT v.version
FROM registry.connector_versions v
JOIN registry.connectors c ON c.id = v.connector_id
WHERE c.id = :id AND c.workspace_id = :workspace_id AND c.deleted_at IS NOT NULL AND v.version <> c.published_version
ORDER BY v.version;

-- name: forget_versions
DELETE FROM registry.connector_versions
WHERE connector_id = :connector_id AND workspace_id = :workspace_id AND version < :oldest AND version <> :published
RETURNING version;

-- name: insert_version!
INSERT INTO registry.connector_versions (
    connector_id, version, workspace_id, definition, created_by, created_at
) VALUES (:connector_id, :version, :workspace_id, :definition, :created_by, :created_at);

-- name: find_connector^
SELECT c.id, c.workspace_id, c.name, c.description, c.icon, c.category, c.enabled, c.revision,
       c.published_version AS version, v.definition, c.created_at, c.created_by, c.updated_at, c.updated_by,
       c.deleted_at, c.deleted_by, u.usage_count, u.last_used_at, c.credential_id
FROM registry.connectors c
JOIN registry.connector_versions v ON v.connector_id = c.id AND v.version = c.published_version
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE kind <> 'other') AS usage_count, max(last_used_at) AS last_used_at
    FROM registry.connector_flows f
    WHERE f.workspace_id = c.workspace_id AND f.connector_id = c.id
) AS u
WHERE c.id = :id AND c.workspace_id = :workspace_id AND v.workspace_id = :workspace_id
  AND (c.deleted_at IS NOT NULL) = :deleted;

-- name: page_of_connectors
SELECT c.id, c.name, c.description, c.icon, c.category, c.enabled, c.created_at, c.deleted_at, c.deleted_by,
       u.usage_count, u.last_used_at, n.kind AS notice
FROM (
    SELECT id, name, description, icon, category, enabled, created_at, deleted_at, deleted_by, credential_id
    FROM registry.connectors
    WHERE workspace_id = :workspace_id
      AND (deleted_at IS NOT NULL) = :deleted
      AND (:after_time::timestamptz IS NULL OR (created_at, id) < (:after_time::timestamptz, :after_id::uuid))
      AND (:pattern::text IS NULL OR name ILIKE :pattern::text OR description ILIKE :pattern::text)
      AND (:category::text IS NULL OR category = :category::text)
      AND (:enabled::boolean IS NULL OR enabled = :enabled::boolean)
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
) AS c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE kind <> 'other') AS usage_count, max(last_used_at) AS last_used_at
    FROM registry.connector_flows f
    WHERE f.workspace_id = :workspace_id AND f.connector_id = c.id
) AS u
LEFT JOIN LATERAL (
    SELECT o.kind
    FROM registry.notices o
    WHERE o.workspace_id = :workspace_id AND o.closed_at IS NULL AND o.kind <> 'schema_drift'
      AND (o.connector_id = c.id OR o.credential_id = c.credential_id)
    ORDER BY array_position(ARRAY['credential_stale', 'connector_failing'], o.kind)
    LIMIT 1
) AS n ON true
ORDER BY c.created_at DESC, c.id DESC;
