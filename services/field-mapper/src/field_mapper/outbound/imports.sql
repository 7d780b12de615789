-- name: count_unfinished$
SELECT count(*) FROM contact_imports
WHERE workspace_id = :workspace_id::uuid AND status NOT IN ('done', 'cancelled');

-- name: begin_import!
INSERT INTO contact_imports (
    workspace_id, id, status, file_name, file_bytes, encoding, delimiter, header, samples, created_by
)
VALUES (
    :workspace_id::uuid, :id::uuid, 'uploading', :file_name::text, :file_bytes::bigint, :encoding::text,
    :delimiter::text, :header::jsonb, '[]', :created_by::text
);

-- name: add_part$
-- One that is cancelled meanwhile gets no more of them.
INSERT INTO contact_import_parts (workspace_id, import_id, number, rows)
SELECT workspace_id, id, :number::int, :rows::bytea FROM contact_imports
WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid AND status = 'uploading'
FOR SHARE
RETURNING number;

-- name: finish_upload^
UPDATE contact_imports SET
    status = 'uploaded', row_count = :rows::int, parts = :parts::int, samples = :samples::jsonb, changed_at = now()
WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid AND status = 'uploading'
RETURNING *;

-- name: drop_import!
DELETE FROM contact_imports WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid;

-- name: get_import^
SELECT * FROM contact_imports WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid;

-- name: lock_import^
SELECT * FROM contact_imports WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid FOR UPDATE;

-- name: list_imports
SELECT * FROM contact_imports
WHERE workspace_id = :workspace_id::uuid
    AND (:before_time::timestamptz IS NULL OR (created_at, id) < (:before_time, :before_id::uuid))
ORDER BY created_at DESC, id DESC
LIMIT :most::int;

-- name: plan_import^
UPDATE contact_imports SET
    status = :status::text, plan = :plan::jsonb, planned_by = :planned_by::text, next_part = 0, counts = '{}',
    changed_at = now(), lease = NULL, leased_until = NULL
WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid
RETURNING *;

-- name: end_import^
UPDATE contact_imports SET status = :status::text, changed_at = now(), lease = NULL, leased_until = NULL
WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid
RETURNING *;

-- name: drop_parts!
DELETE FROM contact_import_parts WHERE workspace_id = :workspace_id::uuid AND import_id = :id::uuid;

-- name: drop_errors!
DELETE FROM contact_import_errors WHERE workspace_id = :workspace_id::uuid AND import_id = :id::uuid;

-- name: keep_check!
INSERT INTO contact_import_checks (workspace_id, import_id, part, known)
VALUES (:workspace_id::uuid, :id::uuid, :part::int, :known::bytea)
ON CONFLICT (workspace_id, import_id) DO UPDATE SET part = excluded.part, known = excluded.known;

-- name: check_at$
SELECT known FROM contact_import_checks
WHERE workspace_id = :workspace_id::uuid AND import_id = :id::uuid AND part = :part::int;

-- name: drop_check!
DELETE FROM contact_import_checks WHERE workspace_id = :workspace_id::uuid AND import_id = :id::uuid;

-- name: add_errors!
INSERT INTO contact_import_errors (workspace_id, import_id, row_number, place, reason, detail, cell)
SELECT :workspace_id::uuid, :id::uuid, e.row_number, e.place, e.reason, e.detail, e.cell
FROM unnest(:rows::int[], :places::int[], :reasons::text[], :details::text[], :cells::text[])
    AS e (row_number, place, reason, detail, cell)
ON CONFLICT DO NOTHING;

-- name: errors_after
SELECT row_number, place, reason, detail, cell
FROM contact_import_errors
WHERE workspace_id = :workspace_id::uuid AND import_id = :id::uuid
    AND (row_number, place) > (:after_row::int, :after_place::int)
ORDER BY row_number, place
LIMIT :most::int;

-- name: claim_import^
-- Of all workspaces: the one that has waited longest. Who held it and said nothing for so long is gone.
UPDATE contact_imports SET lease = :lease::uuid, leased_until = now() + make_interval(secs => :seconds::float8)
WHERE (workspace_id, id) = (
    SELECT workspace_id, id FROM contact_imports
    WHERE status IN ('checking', 'importing') AND (leased_until IS NULL OR leased_until < now())
    ORDER BY changed_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING workspace_id, id;

-- name: hold_import^
-- Nobody else changes it until the end of the transaction.
SELECT * FROM contact_imports
WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid AND lease = :lease::uuid
    AND status IN ('checking', 'importing')
FOR UPDATE;

-- name: rows_of_part$
SELECT rows FROM contact_import_parts
WHERE workspace_id = :workspace_id::uuid AND import_id = :id::uuid AND number = :number::int;

-- name: advance_import^
UPDATE contact_imports SET
    next_part = :next_part::int, counts = :counts::jsonb, changed_at = now(),
    leased_until = now() + make_interval(secs => :seconds::float8)
WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid
RETURNING *;

-- name: release_import!
UPDATE contact_imports SET lease = NULL, leased_until = NULL
WHERE workspace_id = :workspace_id::uuid AND id = :id::uuid AND lease = :lease::uuid;
