-- In the schema of the service, which its connections search.

-- name: record_entry!
INSERT INTO audit_entries (
    workspace_id, actor_kind, actor_id, actor_key, address, request_id, trace_id, action, kind, thing_id, thing_name,
    changes, details
) VALUES (
    :workspace_id, :actor_kind, :actor_id, :actor_key, :address, :request_id, :trace_id, :action, :kind, :thing_id,
    :thing_name, :changes, :details
);

-- name: forget_entries$
SELECT forget_audit(:days, :most);
