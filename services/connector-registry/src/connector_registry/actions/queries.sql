-- name: page_of_actions
-- A page of connectors, and what is counted of all of them, in one question.
WITH page AS (
    SELECT
        c.id, c.name, c.description, c.icon, c.category, c.enabled, c.created_at, c.published_version AS version,
        v.definition,
        NOT EXISTS (SELECT FROM registry.outbox o WHERE o.key = 'connector/' || c.id) AS published,
        k.status AS credential_status,
        CASE WHEN t.state = 'failing' AND t.access_token IS NULL THEN 'pending' ELSE t.state END AS token_state
    FROM registry.connectors c
    JOIN registry.connector_versions v ON v.connector_id = c.id AND v.version = c.published_version
    LEFT JOIN registry.credentials own ON own.connector_id = c.id
    LEFT JOIN registry.credentials k ON k.workspace_id = c.workspace_id AND k.id = coalesce(c.credential_id, own.id)
    LEFT JOIN registry.oauth_tokens t ON t.credential_id = k.id
    WHERE c.workspace_id = :workspace_id AND c.deleted_at IS NULL
      AND (:after_time::timestamptz IS NULL OR (c.created_at, c.id) < (:after_time::timestamptz, :after_id::uuid))
      AND (:pattern::text IS NULL OR c.name ILIKE :pattern::text OR c.description ILIKE :pattern::text)
    ORDER BY c.created_at DESC, c.id DESC
    LIMIT :limit
),
days AS MATERIALIZED (
    SELECT r.connector_id, r.executions - r.skipped AS executions, r.succeeded, r.durations
    FROM registry.execution_rollups r
    WHERE r.workspace_id = :workspace_id AND r.period = 'day'
      AND r.starts_at >= :since::date::timestamp AT TIME ZONE 'UTC'
      AND r.connector_id IN (SELECT id FROM page)
),
counted AS (
    SELECT connector_id, sum(executions)::bigint AS executions, sum(succeeded)::bigint AS succeeded
    FROM days GROUP BY connector_id
),
spread AS (
    SELECT connector_id, array_agg(bucket ORDER BY bucket) AS buckets, array_agg(n ORDER BY bucket) AS counts
    FROM (
        SELECT days.connector_id, (d.place - 1)::int AS bucket, sum(d.n)::bigint AS n
        FROM days CROSS JOIN LATERAL unnest(days.durations) WITH ORDINALITY AS d (n, place)
        WHERE d.n > 0
        GROUP BY days.connector_id, d.place
    ) AS each
    GROUP BY connector_id
)
SELECT
    page.*, coalesce(counted.executions, 0) AS executions, coalesce(counted.succeeded, 0) AS succeeded,
    spread.buckets, spread.counts
FROM page
LEFT JOIN counted ON counted.connector_id = page.id
LEFT JOIN spread ON spread.connector_id = page.id
ORDER BY page.created_at DESC, page.id DESC;
