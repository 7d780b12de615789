-- name: keep_days!
SELECT registry.keep_history_days(:days_back::int, :days_ahead::int, :default_days::int);

-- name: forgetful_workspaces
SELECT workspace_id, since FROM registry.forgetful_workspaces(:default_days::int);

-- name: forget_executions$
SELECT registry.forget_executions(:workspace_id::uuid, :since::timestamptz, :most::int);

-- name: forget_ids!
DELETE FROM registry.execution_ids
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM registry.execution_ids
    WHERE executed_at < now() - make_interval(days => :days::int)
    ORDER BY executed_at
    LIMIT :most::int
));

-- name: forget_rollups!
DELETE FROM registry.execution_rollups
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM registry.execution_rollups
    WHERE period = :period::text AND starts_at < now() - make_interval(days => :days::int)
    ORDER BY starts_at
    LIMIT :most::int
));

-- name: forget_flows!
DELETE FROM registry.connector_flows WHERE last_used_at < now() - make_interval(days => :days::int);

-- name: claim
-- Those that are not recorded yet. Rows of unnest come, and are locked, in the order of the arrays.
INSERT INTO registry.execution_ids (workspace_id, execution_id, executed_at)
SELECT * FROM unnest(:workspace_ids::uuid[], :execution_ids::uuid[], :times::timestamptz[])
ON CONFLICT DO NOTHING
RETURNING workspace_id, execution_id;

-- name: record_executions!
INSERT INTO registry.connector_executions (
    workspace_id, executed_at, id, connector_id, connector_version, flow_id, flow_run_id, step_id, contact_id, status,
    error_type, error_message, http_status, retryable, trigger, lane, execution_time_ms, attempt_count, attempts,
    request, input_data, output_data, labels, cut, requested_at, started_at,
    parked
)
SELECT
    workspace_id, executed_at, id, connector_id, connector_version, flow_id, flow_run_id, step_id, contact_id, status,
    error_type, error_message, http_status, retryable, trigger, lane, execution_time_ms, attempt_count, attempts::json,
    request::json, input_data::json, output_data::json, labels::json, cut::text[], requested_at, started_at,
    parked::json
FROM unnest(
    :workspace_id::uuid[], :executed_at::timestamptz[], :id::uuid[], :connector_id::uuid[], :connector_version::int[],
    :flow_id::text[], :flow_run_id::text[], :step_id::text[], :contact_id::text[], :status::text[], :error_type::text[],
    :error_message::text[], :http_status::int[], :retryable::boolean[], :trigger::text[], :lane::text[],
    :execution_time_ms::bigint[], :attempt_count::int[], :attempts::text[], :request::text[], :input_data::text[],
    :output_data::text[], :labels::text[], :cut::text[], :requested_at::timestamptz[], :started_at::timestamptz[],
    :parked::text[]
) AS e (
    workspace_id, executed_at, id, connector_id, connector_version, flow_id, flow_run_id, step_id, contact_id, status,
    error_type, error_message, http_status, retryable, trigger, lane, execution_time_ms, attempt_count, attempts,
    request, input_data, output_data, labels, cut, requested_at, started_at,
    parked
);

-- name: add_rollups!
INSERT INTO registry.execution_rollups AS r (
    workspace_id, period, starts_at, connector_id, executions, succeeded, failed, timed_out, skipped, total_ms, errors,
    durations
)
SELECT
    workspace_id, period, starts_at, connector_id, executions, succeeded, failed, timed_out, skipped, total_ms,
    errors::jsonb, durations::bigint[]
FROM unnest(
    :workspace_ids::uuid[], :periods::text[], :starts::timestamptz[], :connector_ids::uuid[], :executions::bigint[],
    :succeeded::bigint[], :failed::bigint[], :timed_out::bigint[], :skipped::bigint[], :total_ms::bigint[],
    :errors::text[], :durations::text[]
) AS n (
    workspace_id, period, starts_at, connector_id, executions, succeeded, failed, timed_out, skipped, total_ms, errors,
    durations
)
ON CONFLICT (workspace_id, period, starts_at, connector_id) DO UPDATE SET
    executions = r.executions + excluded.executions,
    succeeded = r.succeeded + excluded.succeeded,
    failed = r.failed + excluded.failed,
    timed_out = r.timed_out + excluded.timed_out,
    skipped = r.skipped + excluded.skipped,
    total_ms = r.total_ms + excluded.total_ms,
    errors = CASE WHEN excluded.errors = '{}' THEN r.errors ELSE registry.added(r.errors, excluded.errors) END,
    durations = registry.added(r.durations, excluded.durations);

-- name: add_to_feed!
-- Last in its transaction: the heads are locked until its end. `after`: how many of the workspace's come behind those of this row.
WITH moved AS (
    INSERT INTO registry.feed_heads AS h (workspace_id, position)
    SELECT * FROM unnest(:workspace_ids::uuid[], :counts::bigint[])
    ON CONFLICT (workspace_id) DO UPDATE SET position = h.position + excluded.position
    RETURNING workspace_id, position
)
INSERT INTO registry.execution_feed (workspace_id, position, ids, times)
SELECT m.workspace_id, m.position - part.after, part.ids::uuid[], part.times::timestamptz[]
FROM unnest(:whose::uuid[], :afters::bigint[], :ids::text[], :times::text[]) AS part (workspace_id, after, ids, times)
JOIN moved m USING (workspace_id);

-- name: forget_feed!
DELETE FROM registry.execution_feed
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM registry.execution_feed
    WHERE recorded_at < now() - make_interval(days => :days::int)
    ORDER BY recorded_at
    LIMIT :most::int
));

-- name: note_use!
INSERT INTO registry.connector_flows AS f (workspace_id, connector_id, kind, used_by, first_used_at, last_used_at)
SELECT * FROM unnest(
    :workspace_ids::uuid[], :connector_ids::uuid[], :kinds::text[], :users::text[], :firsts::timestamptz[],
    :lasts::timestamptz[]
)
ON CONFLICT (workspace_id, connector_id, kind, used_by) DO UPDATE SET
    first_used_at = least(f.first_used_at, excluded.first_used_at),
    last_used_at = greatest(f.last_used_at, excluded.last_used_at);

-- name: record_mappings!
INSERT INTO registry.execution_mappings (
    workspace_id, execution_id, updated_at, sequence, contact_id, created, user_fields, custom_fields, mappings, reason,
    cut
)
SELECT
    workspace_id, execution_id, updated_at, sequence, contact_id, created, user_fields::json, custom_fields::json,
    mappings::json, reason, cut::text[]
FROM unnest(
    :workspace_id::uuid[], :execution_id::uuid[], :updated_at::timestamptz[], :sequence::bigint[], :contact_id::text[],
    :created::boolean[], :user_fields::text[], :custom_fields::text[], :mappings::text[],
    :reason::text[], :cut::text[]
) AS m (
    workspace_id, execution_id, updated_at, sequence, contact_id, created, user_fields, custom_fields, mappings, reason,
    cut
)
ON CONFLICT DO NOTHING;
