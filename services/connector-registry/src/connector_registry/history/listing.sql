SELECT id, connector_id, connector_version, flow_id, flow_run_id, step_id, contact_id, status, error_type,
       error_message, http_status, trigger, lane, execution_time_ms, attempt_count, requested_at, started_at,
       executed_at
FROM (
    SELECT * FROM registry.connector_executions
    WHERE workspace_id = $1 AND executed_at >= $2 AND (executed_at, id) < ($3, $4) /* leading */
    ORDER BY executed_at DESC, id DESC
    LIMIT $5
) AS led_to
WHERE /* looking */
ORDER BY executed_at DESC, id DESC
LIMIT $6
