-- name: insert_flow$
INSERT INTO flows.flows (id, workspace_id, name, enabled, revision, created_at, created_by, updated_at, updated_by)
VALUES (:id, :workspace_id, :name, :enabled, :revision, :created_at, :created_by, :updated_at, :updated_by)
ON CONFLICT (id) DO NOTHING
RETURNING true;

-- name: insert_version!
INSERT INTO flows.flow_versions (flow_id, revision, workspace_id, definition)
VALUES (:flow_id, :revision, :workspace_id, :definition::text::json);

-- name: find_definition$
SELECT definition::text FROM flows.flow_versions
WHERE workspace_id = :workspace_id AND flow_id = :flow_id AND revision = :revision;

-- name: find_flow^
SELECT f.id, f.workspace_id, f.revision, v.definition::text AS definition, f.name, f.enabled,
       f.created_at, f.created_by, f.updated_at, f.updated_by
FROM flows.flows f
JOIN flows.flow_versions v ON v.flow_id = f.id AND v.revision = f.revision
WHERE f.workspace_id = :workspace_id AND f.id = :id AND f.deleted_at IS NULL;

-- name: page_of_flows
SELECT f.id, f.workspace_id, f.revision, v.definition::text AS definition, f.name, f.enabled,
       f.created_at, f.created_by, f.updated_at, f.updated_by
FROM flows.flows f
JOIN flows.flow_versions v ON v.flow_id = f.id AND v.revision = f.revision
WHERE f.workspace_id = :workspace_id AND f.deleted_at IS NULL
  AND (:after_time::timestamptz IS NULL OR (f.created_at, f.id) < (:after_time::timestamptz, :after_id::uuid))
ORDER BY f.created_at DESC, f.id DESC
LIMIT :limit;

-- name: update_flow$
UPDATE flows.flows
SET name = :name, enabled = :enabled, revision = :revision, updated_at = :updated_at, updated_by = :updated_by
WHERE workspace_id = :workspace_id AND id = :id AND revision = :revision - 1 AND deleted_at IS NULL
RETURNING true;

-- name: delete_flow$
UPDATE flows.flows SET deleted_at = :at
WHERE workspace_id = :workspace_id AND id = :id AND deleted_at IS NULL
RETURNING true;

-- name: restore_flow$
UPDATE flows.flows SET deleted_at = NULL
WHERE workspace_id = :workspace_id AND id = :id AND deleted_at IS NOT NULL
RETURNING true;

-- name: counts_of_runs
SELECT f.id AS flow_id,
       (SELECT count(*) FROM (SELECT FROM flows.runs r
                              WHERE r.workspace_id = :workspace_id AND r.flow_id = f.id LIMIT :most) counted) AS runs,
       (SELECT count(*) FROM (SELECT FROM flows.runs r
                              WHERE r.workspace_id = :workspace_id AND r.flow_id = f.id AND r.state = 'running'
                              LIMIT :most) counted) AS running
FROM unnest(:flow_ids::uuid[]) AS f (id);

-- name: last_runs
SELECT r.*
FROM unnest(:flow_ids::uuid[]) AS f (id)
CROSS JOIN LATERAL (
    SELECT id, workspace_id, flow_id, revision, started_at, started_by, due_at, state, position, contact_id, error, tries,
           ended_at
    FROM flows.runs
    WHERE workspace_id = :workspace_id AND flow_id = f.id
    ORDER BY started_at DESC, id DESC
    LIMIT 1
) r;

-- name: insert_runs!
INSERT INTO flows.runs (id, workspace_id, flow_id, revision, state, position, contact_id, input, variables, tries, due_at,
    started_at, started_by)
SELECT id, :workspace_id, :flow_id, :revision, 'running', 0, contact_id, input::json, '{}', 0, :at, :at, :by
FROM unnest(:ids::uuid[], :contact_ids::text[], :inputs::text[]) AS r (id, contact_id, input)
ON CONFLICT (id) DO NOTHING;

-- name: runs_of_flow$
SELECT count(*) FROM flows.runs WHERE workspace_id = :workspace_id AND flow_id = :flow_id AND id = ANY(:ids::uuid[]);

-- name: page_of_runs
SELECT id, workspace_id, flow_id, revision, started_at, started_by, due_at, state, position, contact_id, error, tries, ended_at
FROM flows.runs
WHERE workspace_id = :workspace_id
  AND (:after_time::timestamptz IS NULL OR (started_at, id) < (:after_time::timestamptz, :after_id::uuid))
  AND (:flow_id::uuid IS NULL OR flow_id = :flow_id::uuid)
  AND (:contact_id::text IS NULL OR contact_id = :contact_id::text)
  AND (:state::text IS NULL OR state = :state::text)
ORDER BY started_at DESC, id DESC
LIMIT :limit;

-- name: find_run^
SELECT * FROM flows.runs WHERE workspace_id = :workspace_id AND id = :id;

-- name: steps_of_run
SELECT * FROM flows.run_steps WHERE workspace_id = :workspace_id AND run_id = :run_id ORDER BY number;

-- name: cancel_run$
UPDATE flows.runs SET state = 'cancelled', ended_at = :at
WHERE workspace_id = :workspace_id AND id = :id AND state = 'running'
RETURNING true;

-- name: due_runs
SELECT r.*, v.definition::text AS definition
FROM flows.runs r
JOIN flows.flow_versions v ON v.flow_id = r.flow_id AND v.revision = r.revision
WHERE r.state = 'running' AND r.due_at <= :now
ORDER BY r.due_at
LIMIT :most
FOR UPDATE OF r SKIP LOCKED;

-- name: steps_of_runs
SELECT * FROM flows.run_steps WHERE run_id = ANY(:run_ids::uuid[]);

-- name: save_run*!
UPDATE flows.runs
SET state = :state, position = :position, contact_id = :contact_id, contact = :contact, variables = :variables,
    error = :error, tries = :tries, due_at = :due_at, ended_at = :ended_at
WHERE id = :id;

-- name: save_step*!
INSERT INTO flows.run_steps (run_id, workspace_id, step_id, number, action, state, execution_id, until, asked, result, update,
    error, started_at, ended_at)
VALUES (:run_id, :workspace_id, :step_id, :number, :action, :state, :execution_id, :until, :asked, :result, :update, :error,
    :started_at, :ended_at)
ON CONFLICT (run_id, step_id) DO UPDATE
SET state = excluded.state, until = excluded.until, result = excluded.result, error = excluded.error,
    ended_at = excluded.ended_at;

-- name: add_message*!
INSERT INTO flows.outbox (workspace_id, key, value) VALUES (:workspace_id, :key, :value);

-- name: lock_runs_of
-- Runs are locked before their steps, everywhere, and in one order.
SELECT id FROM flows.runs
WHERE id IN (SELECT run_id FROM flows.run_steps WHERE execution_id = ANY(:execution_ids::uuid[]) AND state = 'running')
  AND state = 'running'
ORDER BY id
FOR UPDATE;

-- name: note_told!
UPDATE flows.run_steps s
SET result = coalesce(s.result, t.result::json), update = coalesce(s.update, t.update::json),
    result_at = coalesce(s.result_at, CASE WHEN t.result IS NOT NULL THEN :now::timestamptz END),
    update_at = coalesce(s.update_at, CASE WHEN t.update IS NOT NULL THEN :now::timestamptz END)
FROM unnest(:execution_ids::uuid[], :results::text[], :updates::text[]) AS t (execution_id, result, update)
WHERE s.execution_id = t.execution_id AND s.state = 'running';

-- name: wake_runs!
UPDATE flows.runs SET due_at = :now WHERE id = ANY(:ids::uuid[]) AND state = 'running';

-- name: lock_run$
SELECT id FROM flows.runs WHERE id = :id AND state = 'running' FOR UPDATE;

-- name: save_contact!
UPDATE flows.runs SET contact = :contact, due_at = :now, tries = 0, error = NULL WHERE id = :id AND state = 'running';

-- name: save_answer!
UPDATE flows.run_steps SET result = :result, result_at = :now
WHERE run_id = :run_id AND step_id = :step_id AND state = 'running';

-- name: try_later!
UPDATE flows.runs SET due_at = :due_at, tries = tries + 1, error = :why WHERE id = :id AND state = 'running';

-- name: fail_run!
UPDATE flows.runs SET state = 'failed', error = :error, ended_at = :at WHERE id = :id AND state = 'running';

-- name: oldest_messages
SELECT id, key, value FROM flows.outbox ORDER BY id LIMIT :most;

-- name: forget_messages!
DELETE FROM flows.outbox WHERE id = ANY(:ids::bigint[]);

-- name: forget_runs
DELETE FROM flows.runs WHERE id IN (
    SELECT id FROM flows.runs WHERE state <> 'running' AND ended_at < :before ORDER BY ended_at LIMIT :most
)
RETURNING id;
