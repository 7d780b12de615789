-- name: open_notice!
-- One for each cause: it stays as it is, but for what it says. What is older than the last that was heard of it is passed over.
INSERT INTO registry.notices (workspace_id, cause, kind, connector_id, credential_id, detail, since, changed_at)
SELECT :workspace_id::uuid, :cause::text, :kind::text, :connector_id::uuid, :credential_id::uuid, :detail::text,
       coalesce(:since::timestamptz, clock_timestamp()), coalesce(:changed_at::timestamptz, clock_timestamp())
WHERE NOT EXISTS (
    SELECT FROM registry.notices
    WHERE workspace_id = :workspace_id::uuid AND cause = :cause::text AND changed_at >= :changed_at::timestamptz
)
ON CONFLICT (workspace_id, cause) WHERE closed_at IS NULL
DO UPDATE SET detail = excluded.detail, changed_at = excluded.changed_at;

-- name: close_notice!
UPDATE registry.notices
SET closed_at = clock_timestamp(), changed_at = coalesce(:changed_at::timestamptz, clock_timestamp())
WHERE workspace_id = :workspace_id AND cause = :cause AND closed_at IS NULL
  AND (:changed_at::timestamptz IS NULL OR changed_at <= :changed_at::timestamptz);

-- name: close_notices_of_connector!
-- It is gone.
UPDATE registry.notices SET closed_at = clock_timestamp()
WHERE workspace_id = :workspace_id AND connector_id = :connector_id AND closed_at IS NULL;

-- name: count_unread$
SELECT count(*) FROM registry.notices
WHERE workspace_id = :workspace_id AND closed_at IS NULL AND read_at IS NULL;

-- name: mark_read$
UPDATE registry.notices SET read_at = coalesce(read_at, clock_timestamp()), read_by = coalesce(read_by, :by)
WHERE id = :id AND workspace_id = :workspace_id
RETURNING id;

-- name: mark_all_read$
WITH marked AS (
    UPDATE registry.notices SET read_at = clock_timestamp(), read_by = :by
    WHERE workspace_id = :workspace_id AND closed_at IS NULL AND read_at IS NULL AND opened_at <= :until::timestamptz
    RETURNING id
)
SELECT count(*) FROM marked;

-- name: forget_notices!
DELETE FROM registry.notices WHERE closed_at < clock_timestamp() - make_interval(days => :days);
