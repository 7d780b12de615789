-- name: find_execution^
SELECT e.id, e.connector_id, e.connector_version, e.flow_id, e.flow_run_id, e.step_id, e.contact_id, e.status,
       e.error_type, e.error_message, e.http_status, e.retryable, e.trigger, e.lane, e.execution_time_ms,
       e.attempt_count, e.attempts::text, e.request::text, e.input_data::text, e.output_data::text, e.labels::text,
       e.parked::text,
       e.cut, e.requested_at, e.started_at, e.executed_at, e.recorded_at
FROM registry.execution_ids i
JOIN registry.connector_executions e
    ON e.workspace_id = i.workspace_id AND e.executed_at = i.executed_at AND e.id = i.execution_id
WHERE i.workspace_id = :workspace_id AND i.execution_id = :execution_id;

-- name: outcomes
SELECT i.execution_id, e.status, i.executed_at
FROM registry.execution_ids i
LEFT JOIN registry.connector_executions e
    ON e.workspace_id = i.workspace_id AND e.executed_at = i.executed_at AND e.id = i.execution_id
WHERE i.workspace_id = :workspace_id AND i.execution_id = ANY(:execution_ids::uuid[]);

-- name: applied
-- Two hours back: the clocks of two services.
SELECT execution_id, max(updated_at) AS updated_at
FROM registry.execution_mappings
WHERE workspace_id = :workspace_id AND execution_id = ANY(:execution_ids::uuid[])
  AND updated_at >= :since::timestamptz - interval '2 hours'
GROUP BY execution_id;

-- name: mappings_of
-- Two hours back: the clocks of two services.
SELECT updated_at, contact_id, created, user_fields::text, custom_fields::text, mappings::text, reason, cut
FROM registry.execution_mappings
WHERE workspace_id = :workspace_id AND execution_id = :execution_id
  AND updated_at >= :executed_at::timestamptz - interval '2 hours'
ORDER BY updated_at, sequence
LIMIT :most;
