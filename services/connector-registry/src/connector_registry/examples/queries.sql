-- name: lock_connector$
-- One at a time of each connector, so that two cannot both be the last one. None: it is not there.
SELECT id FROM registry.connectors
WHERE id = :connector_id AND workspace_id = :workspace_id AND deleted_at IS NULL
FOR NO KEY UPDATE;

-- name: count_examples$
SELECT count(*) FROM registry.connector_examples WHERE connector_id = :connector_id AND workspace_id = :workspace_id;

-- name: insert_example$
INSERT INTO registry.connector_examples (
    id, workspace_id, connector_id, name, inputs, status, content_type, text, output, created_at, created_by
) VALUES (
    :id, :workspace_id, :connector_id, :name, :inputs, :status, :content_type, :text, :output, :created_at, :created_by
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: find_example^
SELECT id, workspace_id, connector_id, name, inputs, status, content_type, text, output, created_at, created_by
FROM registry.connector_examples
WHERE id = :id AND connector_id = :connector_id AND workspace_id = :workspace_id;

-- name: page_of_examples
SELECT id, workspace_id, connector_id, name, inputs, status, content_type, text, output, created_at, created_by
FROM registry.connector_examples
WHERE connector_id = :connector_id AND workspace_id = :workspace_id
  AND (:after_at::timestamptz IS NULL OR (created_at, id) < (:after_at, :after_id::uuid))
ORDER BY created_at DESC, id DESC
LIMIT :limit;

-- name: delete_example$
DELETE FROM registry.connector_examples
WHERE id = :id AND connector_id = :connector_id AND workspace_id = :workspace_id
RETURNING name;
