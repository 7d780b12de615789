-- name: due_tokens
-- One of each workspace, then the next of each: the many of one keep nobody else waiting.
SELECT workspace_id, credential_id
FROM (
    SELECT workspace_id, credential_id, due_at,
           row_number() OVER (PARTITION BY workspace_id ORDER BY due_at) AS turn
    FROM registry.oauth_tokens
    WHERE due_at <= :before AND NOT withdrawn
) AS due
ORDER BY turn, due_at
LIMIT :limit;

-- name: postpone_token!
UPDATE registry.oauth_tokens SET due_at = :until
WHERE credential_id = :credential_id AND workspace_id = :workspace_id AND due_at <= :now;

-- name: overdue_seconds$
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)::float8
FROM registry.oauth_tokens
WHERE due_at <= clock_timestamp() AND NOT withdrawn;

-- name: end_idle_transaction$
-- A process that freezes loses its lock after this long; what it saves then is refused.
SELECT set_config('idle_in_transaction_session_timeout', :milliseconds, true);

-- name: take_token$
SELECT credential_id FROM registry.oauth_tokens
WHERE credential_id = :credential_id AND workspace_id = :workspace_id
FOR UPDATE SKIP LOCKED;

-- name: wait_for_token$
SELECT credential_id FROM registry.oauth_tokens
WHERE credential_id = :credential_id AND workspace_id = :workspace_id
FOR UPDATE;

-- name: save_token$
UPDATE registry.oauth_tokens
SET state = :state, generation = :generation, made_for = :made_for, access_token = :access_token,
    refresh_token = :refresh_token, key_ids = :key_ids, why = :why, obtained_at = :obtained_at, expires_at = :expires_at,
    due_at = :due_at, failures = :failures, unanswered_at = :unanswered_at, connected_by = :connected_by
WHERE credential_id = :credential_id AND workspace_id = :workspace_id AND generation = :known
RETURNING credential_id;

-- name: forget_sign_ins!
-- Those that have expired, and an earlier one of the same person.
DELETE FROM registry.oauth_authorizations
WHERE workspace_id = :workspace_id
  AND (expires_at <= :now OR (credential_id = :credential_id AND asked_by = :asked_by));

-- name: insert_sign_in!
INSERT INTO registry.oauth_authorizations (
    state_hash, workspace_id, credential_id, made_for, verifier, asked_by, opener, binder, expires_at, return_to
) VALUES (
    :state_hash, :workspace_id, :credential_id, :made_for, :verifier, :asked_by, :opener, :binder, :expires_at, :return_to
);

-- name: sweep_sign_ins!
DELETE FROM registry.oauth_authorizations WHERE expires_at <= :now;

-- name: take_sign_in^
DELETE FROM registry.oauth_authorizations WHERE state_hash = :state_hash
RETURNING state_hash, workspace_id, credential_id, made_for, verifier, asked_by, opener, binder, expires_at, return_to;
