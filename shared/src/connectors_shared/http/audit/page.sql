SELECT id, at, workspace_id, actor_kind, actor_id, actor_key, address, request_id, trace_id, action, kind, thing_id,
       thing_name, changes, details
FROM audit_entries
WHERE workspace_id = $1 AND at >= $2 AND (at, id) < ($3, $4) /* conditions */
ORDER BY at DESC, id DESC
LIMIT $5
