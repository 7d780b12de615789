-- name: find_workspace^
SELECT workspace_id, name, phone_region, retention_days, requests_per_minute, waiting_callers, allowed_origins,
       revision, created_at, updated_at, updated_by
FROM registry.workspaces
WHERE workspace_id = :workspace_id;

-- name: insert_workspace$
INSERT INTO registry.workspaces (
    workspace_id, name, phone_region, retention_days, requests_per_minute, waiting_callers, allowed_origins,
    revision, created_at, updated_at, updated_by
) VALUES (
    :workspace_id, :name, :phone_region, :retention_days, :requests_per_minute, :waiting_callers, :allowed_origins,
    :revision, :created_at, :updated_at, :updated_by
)
ON CONFLICT (workspace_id) DO NOTHING
RETURNING workspace_id;

-- name: update_workspace$
UPDATE registry.workspaces
SET name = :name, phone_region = :phone_region, retention_days = :retention_days,
    requests_per_minute = :requests_per_minute, waiting_callers = :waiting_callers,
    allowed_origins = :allowed_origins, revision = :revision, updated_at = :updated_at, updated_by = :updated_by
WHERE workspace_id = :workspace_id AND revision = :revision - 1
RETURNING workspace_id;
