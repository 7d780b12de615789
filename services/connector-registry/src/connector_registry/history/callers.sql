SELECT flow_id, count(*) AS executions, count(*) FILTER (WHERE status IN ('error', 'timeout')) AS failed,
       max(executed_at) AS last_at
FROM (
    SELECT * FROM registry.connector_executions
    WHERE workspace_id = $1 AND executed_at >= $2 AND (executed_at, id) < ($3, $4) /* leading */
    ORDER BY executed_at DESC, id DESC
    LIMIT $5
) AS led_to
WHERE trigger <> 'test' AND /* looking */
GROUP BY flow_id
ORDER BY executions DESC, last_at DESC
LIMIT $6
