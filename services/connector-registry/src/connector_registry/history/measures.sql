-- name: adoption^
SELECT
    count(*) AS connectors,
    count(*) FILTER (WHERE c.enabled) AS enabled,
    count(*) FILTER (WHERE c.enabled AND EXISTS (
        SELECT FROM registry.connector_flows f
        WHERE f.workspace_id = c.workspace_id AND f.connector_id = c.id
          AND f.last_used_at >= :since::date::timestamp AT TIME ZONE 'UTC'
    )) AS active
FROM registry.connectors c
WHERE c.workspace_id = :workspace_id AND c.deleted_at IS NULL
  AND (:connector_id::uuid IS NULL OR c.id = :connector_id::uuid)
  AND (:category::text IS NULL OR c.category = :category::text);

-- name: flows_using$
SELECT count(DISTINCT (f.kind, f.used_by))
FROM registry.connector_flows f
LEFT JOIN registry.connectors c ON c.workspace_id = f.workspace_id AND c.id = f.connector_id
WHERE f.workspace_id = :workspace_id AND f.kind <> 'other'
  AND f.last_used_at >= :since::date::timestamp AT TIME ZONE 'UTC'
  AND (:connector_id::uuid IS NULL OR f.connector_id = :connector_id::uuid)
  AND (:category::text IS NULL OR c.category = :category::text);

-- name: sums
-- By day, by connector and by category: `grouped` is 3, 5 or 6.
SELECT
    grouping(day, connector_id, category) AS grouped, day, connector_id, category, max(name) AS name,
    sum(executions)::bigint AS executions, sum(succeeded)::bigint AS succeeded, sum(failed)::bigint AS failed,
    sum(timed_out)::bigint AS timed_out, sum(skipped)::bigint AS skipped, sum(total_ms)::bigint AS total_ms
FROM (
    SELECT r.*, (r.starts_at AT TIME ZONE 'UTC')::date AS day, c.category, c.name
    FROM registry.execution_rollups r
    LEFT JOIN registry.connectors c ON c.workspace_id = r.workspace_id AND c.id = r.connector_id
    WHERE r.workspace_id = :workspace_id AND r.period = 'day'
      AND r.starts_at >= :since::date::timestamp AT TIME ZONE 'UTC'
      AND r.starts_at < (:until::date + 1)::timestamp AT TIME ZONE 'UTC'
      AND (:connector_id::uuid IS NULL OR r.connector_id = :connector_id::uuid)
      AND (:category::text IS NULL OR c.category = :category::text)
) AS counted
GROUP BY GROUPING SETS ((day), (connector_id), (category))
ORDER BY grouped, day, executions DESC;

-- name: failures
SELECT e.key AS type, sum(e.value::bigint)::bigint AS failures
FROM registry.execution_rollups r
LEFT JOIN registry.connectors c ON c.workspace_id = r.workspace_id AND c.id = r.connector_id
CROSS JOIN LATERAL jsonb_each_text(r.errors) AS e
WHERE r.workspace_id = :workspace_id AND r.period = 'day' AND r.errors <> '{}'
  AND r.starts_at >= :since::date::timestamp AT TIME ZONE 'UTC'
  AND r.starts_at < (:until::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND (:connector_id::uuid IS NULL OR r.connector_id = :connector_id::uuid)
  AND (:category::text IS NULL OR c.category = :category::text)
GROUP BY e.key
ORDER BY failures DESC, e.key
LIMIT 100;

-- name: durations
SELECT bucket - 1 AS bucket, sum(n)::bigint AS executions
FROM registry.execution_rollups r
LEFT JOIN registry.connectors c ON c.workspace_id = r.workspace_id AND c.id = r.connector_id
CROSS JOIN LATERAL unnest(r.durations) WITH ORDINALITY AS d (n, bucket)
WHERE r.workspace_id = :workspace_id AND r.period = 'day' AND n > 0
  AND r.starts_at >= :since::date::timestamp AT TIME ZONE 'UTC'
  AND r.starts_at < (:until::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND (:connector_id::uuid IS NULL OR r.connector_id = :connector_id::uuid)
  AND (:category::text IS NULL OR c.category = :category::text)
GROUP BY bucket
ORDER BY bucket;

-- name: hours
SELECT extract(hour FROM r.starts_at AT TIME ZONE 'UTC')::int AS hour, sum(r.executions)::bigint AS executions
FROM registry.execution_rollups r
LEFT JOIN registry.connectors c ON c.workspace_id = r.workspace_id AND c.id = r.connector_id
WHERE r.workspace_id = :workspace_id AND r.period = 'hour'
  AND r.starts_at >= :since::date::timestamp AT TIME ZONE 'UTC'
  AND r.starts_at < (:until::date + 1)::timestamp AT TIME ZONE 'UTC'
  AND (:connector_id::uuid IS NULL OR r.connector_id = :connector_id::uuid)
  AND (:category::text IS NULL OR c.category = :category::text)
GROUP BY hour
ORDER BY hour;

-- name: activity
SELECT connector_id, starts_at, executions, failed + timed_out AS failed
FROM registry.execution_rollups
WHERE workspace_id = :workspace_id AND period = 'hour' AND connector_id = ANY(:connector_ids::uuid[])
  AND starts_at >= :since::timestamptz AND starts_at < :until::timestamptz;
