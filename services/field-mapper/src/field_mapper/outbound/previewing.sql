-- name: only_read!
-- As one moment has it; Postgres refuses to write in it.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- name: contacts_as_they_are
SELECT c.*
FROM unnest(:workspace_ids::uuid[], :ids::uuid[]) AS k (workspace_id, id)
JOIN contacts c USING (workspace_id, id);

-- name: count_definitions$
SELECT count(*) FROM custom_field_definitions WHERE workspace_id = :workspace_id;
