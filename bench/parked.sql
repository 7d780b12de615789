-- name: can_park$
SELECT to_regclass('executor.parked_executions') IS NOT NULL AND to_regclass('executor.backlogs') IS NOT NULL;

-- name: park_backlogs!
INSERT INTO executor.backlogs (connector_id, workspace_id, budget, parked, reason, due_at)
SELECT
    md5('connector ' || number)::uuid,
    :workspace_id::uuid,
    'c:' || md5('connector ' || number)::uuid,
    :each::bigint,
    'rate_limited',
    now() + make_interval(hours => 1, secs => number % 3600)
FROM generate_series(0, :backlogs::int - 1) AS number;

-- name: park_executions!
-- Half of them wait for a slot, half for a further attempt; messages and envelopes of an ordinary size.
INSERT INTO executor.parked_executions (
    workspace_id, execution_id, connector_id, asked_for, lane, seq, ready, not_before, expires_at, attempt, reason, message,
    envelope
)
SELECT
    :workspace_id::uuid,
    md5('execution ' || number)::uuid,
    md5('connector ' || number / :each::int)::uuid,
    md5('connector ' || number / :each::int)::uuid,
    1,
    nextval('executor.parking_order'),
    number % 2 = 0,
    now() + CASE WHEN number % 2 = 0 THEN interval '0' ELSE make_interval(hours => 1, secs => number % 3600) END,
    now() + interval '7 days',
    1 + number % 2,
    CASE WHEN number % 2 = 0 THEN 'rate_limited' ELSE 'retry' END,
    convert_to(repeat('m', 400), 'UTF8'),
    convert_to(repeat('e', 100), 'UTF8')
FROM generate_series(0, :count::int - 1) AS number;
