-- name: terms^
SELECT is_known, waiting_callers, requests_per_minute FROM registry.execution_terms(:workspace_id, :connector_id);
