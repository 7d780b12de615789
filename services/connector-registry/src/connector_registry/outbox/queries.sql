-- name: add_message!
-- Of the workspace that the transaction is for.
INSERT INTO registry.outbox (topic, key, value) VALUES (:topic, :key, :value);

-- name: add_deletion!
INSERT INTO registry.deletions (key, workspace_id, topic, revision, deleted_by, deleted_at)
VALUES (:key, :workspace_id, :topic, :revision, :deleted_by, :deleted_at);

-- name: become_only_sender$
-- Waits for the replica that is sending; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('connectors-registry outbox', 0));

-- name: end_idle_transactions$
-- A sender that freezes loses its lock after this long, instead of stopping every other replica.
SELECT set_config('idle_in_transaction_session_timeout', :milliseconds, true);

-- name: oldest_messages
-- Sizes are known without reading the values; the first row goes whatever its size.
SELECT id, topic, key, value, created_at
FROM (
    SELECT
        oldest.*,
        row_number() OVER so_far AS place,
        sum(coalesce(octet_length(value), 0)) OVER so_far AS bytes
    FROM (SELECT * FROM registry.outbox WHERE set_aside_at IS NULL ORDER BY id LIMIT :limit) AS oldest
    WINDOW so_far AS (ORDER BY id)
) AS counted
WHERE place = 1 OR bytes <= :most_bytes
ORDER BY id;

-- name: forget_messages!
-- And what was set aside before it of the same key: that is told now.
WITH sent AS (
    DELETE FROM registry.outbox WHERE id = ANY(:ids::bigint[]) RETURNING id, topic, key
)
DELETE FROM registry.outbox AS former USING sent
WHERE former.key = sent.key AND former.topic = sent.topic AND former.id < sent.id AND former.set_aside_at IS NOT NULL;

-- name: set_message_aside!
UPDATE registry.outbox SET set_aside_at = clock_timestamp() WHERE id = :id;

-- name: refused_messages
SELECT key FROM registry.outbox WHERE set_aside_at IS NOT NULL ORDER BY id LIMIT :limit;

-- name: waiting_messages^
SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age_seconds
FROM registry.outbox
WHERE set_aside_at IS NULL;

-- name: has_message$
SELECT EXISTS (SELECT 1 FROM registry.outbox WHERE key = :key);

-- name: forget_deletion!
DELETE FROM registry.deletions WHERE key = :key;

-- name: oldest_deletions
-- Not those that another replica purges, or that are being restored.
SELECT key, workspace_id
FROM registry.deletions
WHERE deleted_at < :before
ORDER BY deleted_at
LIMIT :limit
FOR UPDATE SKIP LOCKED;

-- name: purge_deletions!
WITH purged AS (
    DELETE FROM registry.deletions WHERE key = ANY(:keys::text[]) RETURNING workspace_id, key, topic
)
INSERT INTO registry.outbox (workspace_id, topic, key) SELECT workspace_id, topic, key FROM purged;
