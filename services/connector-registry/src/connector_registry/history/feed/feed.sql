-- name: heads
SELECT workspace_id, position FROM registry.feed_heads WHERE workspace_id = ANY(:workspace_ids::uuid[]);

-- name: head$
SELECT position FROM registry.feed_heads WHERE workspace_id = :workspace_id;

-- name: parts_after
SELECT position, cardinality(ids) AS count
FROM registry.execution_feed
WHERE workspace_id = :workspace_id AND position > :position
ORDER BY position
LIMIT :most::int;

-- name: lines_of
SELECT f.position - cardinality(f.ids) + n.place AS fed_at, e.id, e.connector_id, e.connector_version, e.flow_id,
       e.flow_run_id, e.step_id, e.contact_id, e.status, e.error_type, e.error_message, e.http_status, e.trigger, e.lane,
       e.execution_time_ms, e.attempt_count, e.requested_at, e.started_at, e.executed_at
FROM registry.execution_feed f
CROSS JOIN LATERAL unnest(f.ids, f.times) WITH ORDINALITY AS n (id, executed_at, place)
JOIN registry.connector_executions e
    ON e.workspace_id = f.workspace_id AND e.executed_at = n.executed_at AND e.id = n.id
WHERE f.workspace_id = :workspace_id AND f.position > :position AND f.position <= :until
ORDER BY fed_at;
