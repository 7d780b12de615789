SELECT connector_id, error_type, http_status, error_message, count(*) AS count, min(executed_at) AS first_at,
       max(executed_at) AS last_at, (array_agg(id ORDER BY executed_at DESC, id DESC))[1] AS example_id
FROM (
    SELECT * FROM registry.connector_executions
    WHERE workspace_id = $1 AND executed_at >= $2 AND (executed_at, id) < ($3, $4) /* leading */
    ORDER BY executed_at DESC, id DESC
    LIMIT $5
) AS led_to
WHERE status <> 'success' AND /* looking */
GROUP BY connector_id, error_type, http_status, error_message
ORDER BY count DESC, last_at DESC
LIMIT $6
