-- name: lock_connector$
-- None: it is not there.
SELECT id FROM registry.connectors
WHERE id = :connector_id AND workspace_id = :workspace_id AND deleted_at IS NULL
FOR KEY SHARE;

-- name: lock_drafts!
-- One at a time of a workspace begins one, so that two cannot both be the last one.
SELECT pg_advisory_xact_lock(hashtextextended('connector_drafts/' || :workspace_id::text, 0));

-- name: count_drafts^
SELECT count(*) FILTER (WHERE owner = :owner) AS own, count(*) AS everybodys
FROM registry.connector_drafts
WHERE workspace_id = :workspace_id;

-- name: insert_draft$
INSERT INTO registry.connector_drafts (
    id, workspace_id, owner, connector_id, base_revision, step, document, examples, last_test, revision,
    created_at, updated_at
) VALUES (
    :id, :workspace_id, :owner, :connector_id, :base_revision, :step, :document::text::json, :examples::text::json,
    :last_test::text::json, :revision, :created_at, :updated_at
)
ON CONFLICT DO NOTHING
RETURNING id;

-- name: find_draft^
SELECT id, workspace_id, owner, connector_id, base_revision, step, document::text AS document, examples::text AS examples,
    last_test::text AS last_test, revision, created_at, updated_at
FROM registry.connector_drafts
WHERE id = :id AND workspace_id = :workspace_id AND owner = :owner;

-- name: all_drafts
SELECT id, connector_id, base_revision, step, revision, created_at, updated_at, name, icon, category
FROM registry.connector_drafts
WHERE workspace_id = :workspace_id AND owner = :owner
  AND (:connector_id::uuid IS NULL OR connector_id = :connector_id)
ORDER BY updated_at DESC, id DESC;

-- name: update_draft$
UPDATE registry.connector_drafts
SET base_revision = :base_revision, step = :step, document = :document::text::json, examples = :examples::text::json,
    last_test = :last_test::text::json, revision = :revision, updated_at = :updated_at
WHERE id = :id AND workspace_id = :workspace_id AND owner = :owner AND revision = :known
RETURNING id;

-- name: delete_draft$
DELETE FROM registry.connector_drafts
WHERE id = :id AND workspace_id = :workspace_id AND owner = :owner
RETURNING id;

-- name: sweep_drafts!
DELETE FROM registry.connector_drafts
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM registry.connector_drafts
    WHERE updated_at < :before
    ORDER BY updated_at
    LIMIT :most
));
