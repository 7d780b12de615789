-- name: samples_of
-- The newest answers of the published version that are kept whole; tests do not count.
SELECT s.workspace_id, s.connector_id, s.output_schema::text, coalesce(found.outputs, '{}') AS outputs, EXISTS (
    SELECT FROM registry.notices n
    WHERE n.workspace_id = s.workspace_id AND n.connector_id = s.connector_id AND n.kind = :kind AND n.closed_at IS NULL
) AS told
FROM registry.output_schemas(:after::uuid, :most::integer) AS s
LEFT JOIN LATERAL (
    SELECT array_agg(fitting.output_data::text) AS outputs
    FROM (
        SELECT latest.output_data
        FROM (
            SELECT e.status, e.connector_version, e.output_data, e.trigger, e.cut, e.executed_at
            FROM registry.connector_executions e
            WHERE e.workspace_id = s.workspace_id AND e.connector_id = s.connector_id
              AND e.executed_at > now() - make_interval(days => :days::integer)
            ORDER BY e.executed_at DESC, e.id DESC
            LIMIT :looked_at::integer
        ) AS latest
        WHERE latest.status = 'success' AND latest.connector_version = s.version AND latest.trigger <> 'test'
          AND latest.output_data IS NOT NULL AND NOT latest.cut && ARRAY['data']
        ORDER BY latest.executed_at DESC
        LIMIT :outputs::integer
    ) AS fitting
) AS found ON s.output_schema IS NOT NULL
ORDER BY s.connector_id;
