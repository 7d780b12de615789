-- name: fill_executions!
-- Executions of thirty days, oldest first: half of them of one workspace, the others of a hundred; one of twenty fails.
INSERT INTO registry.connector_executions (
    workspace_id, executed_at, id, connector_id, connector_version, flow_id, flow_run_id, step_id, contact_id, status,
    error_type, error_message, http_status, retryable, trigger, lane, execution_time_ms, attempt_count, attempts, request,
    input_data, output_data, requested_at, started_at
)
SELECT
    CASE n % 2 WHEN 0 THEN :workspace_id::uuid ELSE md5('workspace ' || n % 200)::uuid END,
    now() - interval '30 days' * (1 - n::float8 / :count::bigint),
    md5('execution ' || n)::uuid,
    md5('connector ' || n % 50)::uuid,
    1,
    'flow-' || n % 500,
    'run-' || n / 5,
    'step-1',
    'contact-' || n % (:count::bigint / 20),
    CASE WHEN n % 20 = 0 THEN 'error' ELSE 'success' END,
    CASE WHEN n % 20 = 0 THEN CASE WHEN n % 1000 = 0 THEN 'timeout' ELSE 'http_error' END END,
    CASE WHEN n % 20 = 0 THEN 'The API answered ' || 500 + n % 7 || ' to request ' || n || '.' END,
    CASE WHEN n % 20 = 0 THEN 500 + n % 7 ELSE 200 END,
    CASE WHEN n % 20 = 0 THEN true END,
    CASE WHEN n % 100 = 0 THEN 'rest' ELSE 'flow' END,
    'normal',
    100 + n % 900,
    1,
    '[{"started":"2026-01-01T00:00:00Z","duration":140,"status":200,"outcome":"success"}]'::json,
    '{"method":"GET","origin":"https://api.example.com","pathTemplate":"/v2/by","sentBytes":240}'::json,
    '{"phoneNumber":"6266958105"}'::json,
    '{"fullName":"Jose","city":"Diamond Bar","income":1,"tags":["a","b"]}'::json,
    now(),
    now()
FROM generate_series(:first::bigint, :last::bigint) AS n;

-- name: fill_ids!
INSERT INTO registry.execution_ids (workspace_id, execution_id, executed_at)
SELECT workspace_id, id, executed_at FROM registry.connector_executions WHERE executed_at > now() - interval '18 days'
ON CONFLICT DO NOTHING;
