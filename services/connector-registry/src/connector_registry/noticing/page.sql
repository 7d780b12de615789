SELECT n.id, n.kind, n.connector_id, n.credential_id, c.name AS connector_name, r.name AS credential_name, n.detail,
       n.since, n.opened_at, n.closed_at, n.read_at, n.read_by
FROM registry.notices n
LEFT JOIN registry.connectors c ON c.id = n.connector_id AND c.workspace_id = n.workspace_id
LEFT JOIN registry.credentials r ON r.id = n.credential_id AND r.workspace_id = n.workspace_id
WHERE n.workspace_id = $1 AND (n.opened_at, n.id) < ($2, $3) /* conditions */
ORDER BY n.opened_at DESC, n.id DESC
LIMIT $4
