-- name: facts_of
SELECT c.id AS connector_id, c.name, c.enabled, c.deleted_at, c.deleted_by, off.at AS disabled_at,
       off.actor_id AS disabled_by, n.kind, n.detail, n.since, t.why AS token_fault, t.due_at AS token_asked_at
FROM registry.connectors c
LEFT JOIN registry.credentials own ON own.workspace_id = :workspace_id AND own.connector_id = c.id
LEFT JOIN registry.oauth_tokens t
    ON t.workspace_id = :workspace_id AND t.credential_id = coalesce(c.credential_id, own.id) AND t.state = 'failing'
    AND NOT t.withdrawn
LEFT JOIN LATERAL (
    SELECT a.at, a.actor_id
    FROM registry.audit_entries a
    WHERE a.workspace_id = :workspace_id AND a.thing_id = c.id::text AND a.kind = 'connector' AND a.action = 'disabled'
    ORDER BY a.at DESC
    LIMIT 1
) AS off ON NOT c.enabled
LEFT JOIN LATERAL (
    SELECT o.kind, o.detail, o.since
    FROM registry.notices o
    WHERE o.workspace_id = :workspace_id AND o.closed_at IS NULL AND o.kind <> 'schema_drift'
      AND (o.connector_id = c.id OR o.credential_id = c.credential_id)
    ORDER BY array_position(ARRAY['credential_stale', 'connector_failing'], o.kind), o.opened_at
    LIMIT 1
) AS n ON true
WHERE c.workspace_id = :workspace_id AND c.id = ANY(:connector_ids::uuid[]);

-- name: last_executions
SELECT c.id AS connector_id, e.status, e.error_type, e.error_message, e.http_status, e.executed_at
FROM unnest(:connector_ids::uuid[]) AS c (id)
CROSS JOIN LATERAL (
    SELECT x.status, x.error_type, left(x.error_message, 300) AS error_message, x.http_status, x.executed_at
    FROM registry.connector_executions x
    WHERE x.workspace_id = :workspace_id AND x.connector_id = c.id
    ORDER BY x.executed_at DESC, x.id DESC
    LIMIT :limit
) AS e
ORDER BY c.id, e.executed_at DESC;
