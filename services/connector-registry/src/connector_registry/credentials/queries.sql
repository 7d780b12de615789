-- name: find_own_credential^
SELECT id, workspace_id, connector_id, name, type, public, sealed, last_four, allowed_origins, status, revision,
       created_at, created_by, updated_at, updated_by, entered_at, sealings,
       (SELECT to_jsonb(t) FROM registry.oauth_tokens t WHERE t.credential_id = credentials.id) AS token
FROM registry.credentials
WHERE connector_id = :connector_id AND workspace_id = :workspace_id;

-- name: find_shared_credential^
SELECT id, workspace_id, connector_id, name, type, public, sealed, last_four, allowed_origins, status, revision,
       created_at, created_by, updated_at, updated_by, entered_at, sealings,
       (SELECT to_jsonb(t) FROM registry.oauth_tokens t WHERE t.credential_id = credentials.id) AS token
FROM registry.credentials
WHERE id = :id AND workspace_id = :workspace_id AND connector_id IS NULL;

-- name: save_own_credential!
-- The connector's row is locked by the change of which this is a part.
INSERT INTO registry.credentials (
    id, workspace_id, connector_id, name, type, public, sealed, last_four, key_ids, allowed_origins, status, revision,
    created_at, created_by, updated_at, updated_by, entered_at
) VALUES (
    :id, :workspace_id, :connector_id, :name, :type, :public, :sealed, :last_four, :key_ids, :allowed_origins, :status,
    :revision, :created_at, :created_by, :updated_at, :updated_by, :entered_at
)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, type = excluded.type, public = excluded.public, sealed = excluded.sealed,
    last_four = excluded.last_four, key_ids = excluded.key_ids, allowed_origins = excluded.allowed_origins,
    status = excluded.status, revision = excluded.revision, updated_at = excluded.updated_at,
    updated_by = excluded.updated_by, entered_at = excluded.entered_at
WHERE credentials.workspace_id = excluded.workspace_id;

-- name: delete_own_credential!
DELETE FROM registry.credentials WHERE id = :id AND workspace_id = :workspace_id;

-- name: insert_credential!
INSERT INTO registry.credentials (
    id, workspace_id, connector_id, name, type, public, sealed, last_four, key_ids, allowed_origins, status, revision,
    created_at, created_by, updated_at, updated_by, entered_at
) VALUES (
    :id, :workspace_id, :connector_id, :name, :type, :public, :sealed, :last_four, :key_ids, :allowed_origins, :status,
    :revision, :created_at, :created_by, :updated_at, :updated_by, :entered_at
);

-- name: page_of_credentials
SELECT id, workspace_id, connector_id, name, type, public, sealed, last_four, allowed_origins, status, revision,
       created_at, created_by, updated_at, updated_by, entered_at, sealings,
       (SELECT to_jsonb(t) FROM registry.oauth_tokens t WHERE t.credential_id = credentials.id) AS token
FROM registry.credentials
WHERE workspace_id = :workspace_id AND connector_id IS NULL
  AND (:after_time::timestamptz IS NULL OR (created_at, id) < (:after_time::timestamptz, :after_id::uuid))
ORDER BY created_at DESC, id DESC
LIMIT :limit;

-- name: page_of_users
SELECT head.id, head.name, present.definition -> 'config' ->> 'url' AS url,
       ARRAY(SELECT json_array_elements_text(present.definition -> 'config' -> 'allowedHosts')) AS allowed_hosts, head.enabled,
       head.deleted_at IS NOT NULL AS deleted, head.created_at
FROM registry.connectors AS head
JOIN registry.connector_versions AS present
  ON present.connector_id = head.id AND present.version = head.published_version
WHERE head.workspace_id = :workspace_id AND head.credential_id = :credential_id
  AND (:after_time::timestamptz IS NULL OR (head.created_at, head.id) < (:after_time::timestamptz, :after_id::uuid))
ORDER BY head.created_at DESC, head.id DESC
LIMIT :limit;

-- name: count_users
SELECT credential_id, count(*) AS users
FROM registry.connectors
WHERE workspace_id = :workspace_id AND credential_id = ANY(:ids)
GROUP BY credential_id;

-- name: update_credential$
UPDATE registry.credentials
SET name = :name, public = :public, sealed = :sealed, last_four = :last_four, key_ids = :key_ids,
    allowed_origins = :allowed_origins, status = :status, revision = :revision, updated_at = :updated_at,
    updated_by = :updated_by, entered_at = :entered_at
WHERE id = :id AND workspace_id = :workspace_id AND revision = :known AND connector_id IS NULL
RETURNING id;

-- name: delete_credential$
DELETE FROM registry.credentials
WHERE id = :id AND workspace_id = :workspace_id AND revision = :revision AND connector_id IS NULL
RETURNING id;

-- name: lock_token$
-- Before the credential, as whoever renews the token locks them.
SELECT to_jsonb(t) FROM registry.oauth_tokens t
WHERE t.credential_id = :id AND t.workspace_id = :workspace_id
FOR UPDATE;

-- name: lock_sealings$
-- After the token. None of one that is not there yet.
SELECT sealings FROM registry.credentials WHERE id = :id AND workspace_id = :workspace_id FOR UPDATE;

-- name: expect_token!
-- One that is to be obtained, or to be looked at again; nothing is due of one that people have to connect first.
INSERT INTO registry.oauth_tokens (credential_id, workspace_id, state, due_at)
VALUES (:id, :workspace_id, 'pending', CASE WHEN :by_people::boolean THEN NULL ELSE now() END)
ON CONFLICT (credential_id) DO UPDATE
SET due_at = now(), failures = 0, withdrawn = false
WHERE oauth_tokens.workspace_id = excluded.workspace_id;

-- name: withdraw_token!
UPDATE registry.oauth_tokens SET withdrawn = true WHERE credential_id = :id AND workspace_id = :workspace_id;

-- name: find_credential^
SELECT id, workspace_id, connector_id, name, type, public, sealed, last_four, allowed_origins, status, revision,
       created_at, created_by, updated_at, updated_by, entered_at, sealings,
       (SELECT to_jsonb(t) FROM registry.oauth_tokens t WHERE t.credential_id = credentials.id) AS token
FROM registry.credentials
WHERE id = :id AND workspace_id = :workspace_id;
