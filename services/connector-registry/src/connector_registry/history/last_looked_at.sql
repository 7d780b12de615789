SELECT executed_at, id
FROM registry.connector_executions
WHERE workspace_id = $1 AND executed_at >= $2 AND (executed_at, id) < ($3, $4) /* leading */
ORDER BY executed_at DESC, id DESC
OFFSET $5 - 1 LIMIT 1
