-- name: ceilings_of
SELECT workspace_id, connector_id, ceiling FROM registry.backlog_ceilings(:connector_ids::uuid[], :default_ceiling);

-- name: told_backlogs
SELECT workspace_id, connector_id FROM registry.notices
WHERE kind = :kind AND closed_at IS NULL AND connector_id IS NOT NULL;
