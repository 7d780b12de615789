-- Locks are taken in one order everywhere: rows by key, then backlogs by connector. `take`, `take_ended`,
-- `take_past_limit` and `due` wait for no lock at all.
-- Moments that are given out are within a calendar that every client has, whatever a row says.
-- The clock of a backlog's troubles is `troubled_seconds` and what has gone by since `trouble_since`.

-- name: park
WITH parcel AS MATERIALIZED (
    SELECT
        p.*,
        e.execution_id IS NOT NULL AS there,
        coalesce(e.leaving, false) AS leaving,
        now() + make_interval(secs => least(
            CASE WHEN p.ready_in > 0 THEN p.ready_in ELSE p.due_in END, CASE WHEN p.in_trouble THEN p.trouble_limit_in END
        )) AS due_at,
        p.trouble_limit_in + coalesce(b.troubled_seconds, 0)
        + coalesce(extract(epoch FROM now() - b.trouble_since)::float8, 0) AS trouble_limit,
        coalesce(b.parked, 0)
        + count(*) FILTER (WHERE e.execution_id IS NULL) OVER (PARTITION BY p.connector_id ORDER BY p.place) AS depth
    FROM unnest(
        :workspace_ids::uuid[], :execution_ids::uuid[], :connector_ids::uuid[], :budgets::text[], :lanes::smallint[],
        :messages::bytea[], :envelopes::bytea[], :reasons::text[], :attempts::int[], :ready_ins::float8[],
        :due_ins::float8[], :in_troubles::boolean[], :expires_ins::float8[], :trouble_limits::float8[], :ceilings::bigint[],
        :generations::text[], :asked_fors::uuid[], :flow_ids::text[], :towards::text[]
    ) WITH ORDINALITY AS p (
        workspace_id, execution_id, connector_id, budget, lane, message, envelope, reason, attempt, ready_in, due_in,
        in_trouble, expires_in, trouble_limit_in, ceiling, generation, asked_for, flow_id, towards, place
    )
    LEFT JOIN parked_executions e ON e.workspace_id = p.workspace_id AND e.execution_id = p.execution_id
    LEFT JOIN backlogs b ON b.connector_id = p.connector_id
), fitting AS MATERIALIZED (
    SELECT f.*, nextval('parking_order') AS seq
    FROM (SELECT * FROM parcel WHERE NOT there AND depth <= ceiling ORDER BY place) AS f
), inserted AS (
    INSERT INTO parked_executions (
        workspace_id, execution_id, connector_id, asked_for, flow_id, lane, seq, ready, not_before, expires_at,
        trouble_limit, attempt, reason, message, envelope, generation
    )
    SELECT
        workspace_id, execution_id, connector_id, asked_for, flow_id, lane, seq, ready_in <= 0, now() + make_interval(secs => ready_in),
        now() + make_interval(secs => expires_in), trouble_limit, attempt, reason, message, envelope, generation
    FROM fitting
    ORDER BY workspace_id, execution_id
    ON CONFLICT (workspace_id, execution_id) DO NOTHING
    RETURNING workspace_id, execution_id
), counted AS (
    INSERT INTO backlogs AS b (connector_id, workspace_id, budget, parked, reason, due_at, trouble, trouble_since, towards)
    SELECT
        connector_id,
        workspace_id,
        (array_agg(budget ORDER BY place DESC))[1],
        count(*),
        (array_agg(reason ORDER BY place DESC))[1],
        min(due_at),
        (array_agg(reason ORDER BY place DESC) FILTER (WHERE in_trouble))[1],
        CASE WHEN bool_or(in_trouble) THEN now() END,
        (array_agg(towards ORDER BY place DESC))[1]
    FROM inserted JOIN fitting USING (workspace_id, execution_id)
    GROUP BY connector_id, workspace_id
    ORDER BY connector_id
    ON CONFLICT (connector_id) DO UPDATE SET
        parked = b.parked + excluded.parked,
        budget = excluded.budget,
        reason = excluded.reason,
        due_at = least(b.due_at, greatest(b.lease_until, excluded.due_at)),
        asked_at = least(b.asked_at, excluded.due_at),
        trouble = coalesce(excluded.trouble, b.trouble),
        trouble_since = coalesce(b.trouble_since, excluded.trouble_since)
)
SELECT CASE WHEN NOT leaving THEN there OR depth <= ceiling END AS kept FROM parcel ORDER BY place;

-- name: repark!
WITH parcel AS MATERIALIZED (
    SELECT *, now() + make_interval(secs => CASE WHEN ready_in > 0 THEN ready_in ELSE due_in END) AS due_at
    FROM unnest(
        :workspace_ids::uuid[], :execution_ids::uuid[], :budgets::text[], :envelopes::bytea[], :reasons::text[],
        :attempts::int[], :ready_ins::float8[], :due_ins::float8[], :in_troubles::boolean[]
    ) WITH ORDINALITY AS p (
        workspace_id, execution_id, budget, envelope, reason, attempt, ready_in, due_in, in_trouble, place
    )
), held AS MATERIALIZED (
    SELECT e.workspace_id, e.execution_id
    FROM parcel p JOIN parked_executions e ON e.workspace_id = p.workspace_id AND e.execution_id = p.execution_id
    WHERE e.lease_owner = :owner
    ORDER BY e.workspace_id, e.execution_id
    FOR UPDATE OF e
), returned AS (
    UPDATE parked_executions AS e SET
        attempt = p.attempt, envelope = p.envelope, reason = p.reason, ready = p.ready_in <= 0,
        not_before = now() + make_interval(secs => p.ready_in),
        lease_owner = NULL, lease_until = '-infinity', generation = NULL
    FROM held JOIN parcel p USING (workspace_id, execution_id)
    WHERE e.workspace_id = held.workspace_id AND e.execution_id = held.execution_id
    RETURNING e.connector_id, p.budget, p.reason, p.due_at, p.in_trouble, e.trouble_limit, p.place
), asked AS (
    SELECT
        connector_id,
        (array_agg(budget ORDER BY place DESC))[1] AS budget,
        (array_agg(reason ORDER BY place DESC))[1] AS reason,
        min(due_at) AS due_at,
        (array_agg(reason ORDER BY place DESC) FILTER (WHERE in_trouble))[1] AS trouble,
        min(trouble_limit) AS trouble_limit
    FROM returned
    GROUP BY connector_id
), locked AS MATERIALIZED (
    SELECT
        b.connector_id,
        b.trouble,
        b.troubled_seconds + coalesce(extract(epoch FROM now() - b.trouble_since)::float8, 0) AS troubled
    FROM backlogs b JOIN asked USING (connector_id)
    ORDER BY b.connector_id
    FOR UPDATE OF b
), wished AS MATERIALIZED (
    SELECT
        asked.*,
        least(asked.due_at, CASE WHEN coalesce(asked.trouble, locked.trouble) IS NOT NULL THEN
            now() + make_interval(secs => greatest(0, asked.trouble_limit - locked.troubled))
        END) AS look_at
    FROM locked JOIN asked USING (connector_id)
)
UPDATE backlogs AS b SET
    budget = wished.budget,
    reason = wished.reason,
    due_at = least(b.due_at, greatest(b.lease_until, wished.look_at)),
    asked_at = least(b.asked_at, wished.look_at),
    trouble = coalesce(wished.trouble, b.trouble),
    trouble_since = coalesce(b.trouble_since, CASE WHEN wished.trouble IS NOT NULL THEN now() END)
FROM wished
WHERE b.connector_id = wished.connector_id;

-- name: due
WITH next AS MATERIALIZED (
    SELECT connector_id, due_at
    FROM backlogs
    WHERE due_at <= now() AND lease_until <= now() AND parked > 0
    ORDER BY due_at
    LIMIT :most::int
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE backlogs AS b SET
        lease_owner = :owner,
        lease_until = now() + make_interval(secs => :lease_seconds::float8),
        due_at = now() + make_interval(secs => :lease_seconds::float8),
        asked_at = 'infinity'
    FROM next
    WHERE b.connector_id = next.connector_id
    RETURNING b.workspace_id, b.connector_id, b.budget, b.parked, b.trouble, b.towards, next.due_at AS due_since
)
SELECT
    leased.*,
    (
        SELECT count(*)
        FROM (
            SELECT FROM backlogs s
            WHERE s.workspace_id = leased.workspace_id AND s.budget = leased.budget AND s.parked > 0
            LIMIT :counted::int
        ) AS sharing
    ) AS sharers
FROM leased
ORDER BY due_since, connector_id;

-- name: put_off$
-- NULL when the backlog is not leased by this owner, else how many are parked.
UPDATE backlogs AS b SET
    lease_owner = NULL,
    lease_until = '-infinity',
    asked_at = 'infinity',
    trouble = CASE WHEN :known::boolean THEN :trouble::text ELSE b.trouble END,
    trouble_since = CASE
        WHEN NOT :known::boolean THEN b.trouble_since
        WHEN :trouble::text IS NOT NULL THEN coalesce(b.trouble_since, now())
    END,
    troubled_seconds = CASE
        WHEN :known::boolean AND :trouble::text IS NULL
        THEN b.troubled_seconds + coalesce(extract(epoch FROM now() - b.trouble_since)::float8, 0)
        ELSE b.troubled_seconds
    END,
    due_at = CASE
        WHEN b.parked = 0 THEN 'infinity'
        ELSE least(b.asked_at, CASE WHEN CASE WHEN :known::boolean THEN :trouble::text ELSE b.trouble END IS NOT NULL THEN
            (
                SELECT now() + make_interval(secs => greatest(0, trouble_limit - b.troubled_seconds
                    - coalesce(extract(epoch FROM now() - b.trouble_since)::float8, 0)))
                FROM (
                    SELECT trouble_limit, lease_until FROM parked_executions
                    WHERE connector_id = :connector_id AND trouble_limit IS NOT NULL AND NOT cancelled
                    ORDER BY trouble_limit, seq
                    LIMIT :scanned::int
                ) AS first
                WHERE lease_until <= now()
                LIMIT 1
            )
        END, coalesce(
            now() + make_interval(secs => :seconds::float8),
            (
                SELECT now()
                FROM (
                    SELECT lease_until, expires_at FROM parked_executions
                    WHERE connector_id = :connector_id AND ready AND NOT cancelled
                    ORDER BY lane, seq
                    LIMIT :scanned::int
                ) AS head
                WHERE lease_until <= now() AND (expires_at IS NULL OR expires_at > now())
                LIMIT 1
            ),
            least(
                (
                    SELECT min(lease_until)
                    FROM (
                        SELECT lease_until FROM parked_executions
                        WHERE connector_id = :connector_id AND ready AND NOT cancelled
                        ORDER BY lane, seq
                        LIMIT :scanned::int
                    ) AS head
                    WHERE lease_until > now()
                ),
                (
                    SELECT greatest(not_before, now()) FROM parked_executions
                    WHERE connector_id = :connector_id AND NOT ready AND NOT cancelled
                    ORDER BY not_before
                    LIMIT 1
                )
            ),
            now() + make_interval(secs => :otherwise_seconds::float8)
        ))
    END
WHERE b.connector_id = :connector_id::uuid AND b.lease_owner = :owner
RETURNING parked;

-- name: parked_by_connector$
SELECT parked FROM backlogs WHERE connector_id = :connector_id::uuid;

-- name: forget_empty!
WITH locked AS MATERIALIZED (
    SELECT connector_id FROM backlogs
    WHERE connector_id = ANY(:connector_ids::uuid[]) AND parked = 0 AND lease_until <= now()
    ORDER BY connector_id
    FOR UPDATE
)
DELETE FROM backlogs AS b USING locked WHERE b.connector_id = locked.connector_id;

-- name: take
-- `ripe` are rows whose wait is over: the next ones to run are taken from them and from the head of the ready ones.
WITH ripe AS MATERIALIZED (
    SELECT workspace_id, execution_id, lane, seq, generation, expires_at
    FROM parked_executions
    WHERE connector_id = :connector_id::uuid AND NOT ready AND NOT cancelled AND not_before <= now()
    ORDER BY not_before
    LIMIT :promoted::int
    FOR UPDATE SKIP LOCKED
), head AS MATERIALIZED (
    SELECT e.workspace_id, e.execution_id, e.lane, e.seq, e.generation
    FROM (
        SELECT workspace_id, execution_id
        FROM (
            SELECT workspace_id, execution_id, lease_until, expires_at
            FROM parked_executions
            WHERE connector_id = :connector_id::uuid AND ready AND NOT cancelled
            ORDER BY lane, seq
            LIMIT :scanned::int
        ) AS front
        WHERE lease_until <= now() AND (expires_at IS NULL OR expires_at > now())
        LIMIT :most::int
    ) AS free
    JOIN parked_executions e USING (workspace_id, execution_id)
    WHERE e.ready AND NOT e.cancelled AND e.lease_until <= now()
    FOR UPDATE OF e SKIP LOCKED
), chosen AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT * FROM head
        UNION ALL
        SELECT workspace_id, execution_id, lane, seq, generation
        FROM ripe
        WHERE expires_at IS NULL OR expires_at > now()
    ) AS candidates
    ORDER BY lane, seq
    LIMIT :most::int
), promoted AS (
    UPDATE parked_executions AS e SET ready = true
    FROM ripe LEFT JOIN chosen USING (workspace_id, execution_id)
    WHERE e.workspace_id = ripe.workspace_id AND e.execution_id = ripe.execution_id AND chosen.seq IS NULL
), taken AS (
    UPDATE parked_executions AS e SET
        ready = true,
        leaving = false,
        lease_owner = :owner,
        lease_until = now() + make_interval(secs => :lease_seconds::float8),
        generation = coalesce(e.generation, :generation)
    FROM chosen
    WHERE e.workspace_id = chosen.workspace_id AND e.execution_id = chosen.execution_id
    RETURNING e.*, chosen.generation AS earlier
)
SELECT
    workspace_id, execution_id, connector_id, lane, message, envelope, attempt,
    least(greatest(parked_at, '0001-01-02Z'), '9999-12-30Z') AS parked_at, cancelled,
    coalesce(expires_at <= now(), false) AS expired, earlier AS generation
FROM taken
ORDER BY lane, seq;

-- name: take_ended
WITH called_off AS MATERIALIZED (
    SELECT workspace_id, execution_id, generation
    FROM parked_executions
    WHERE cancelled AND lease_until <= now()
    ORDER BY seq
    LIMIT :most::int
    FOR UPDATE SKIP LOCKED
), expired AS MATERIALIZED (
    SELECT workspace_id, execution_id, generation
    FROM parked_executions
    WHERE expires_at <= now() AND NOT cancelled AND lease_until <= now()
    ORDER BY expires_at
    LIMIT :most::int
    FOR UPDATE SKIP LOCKED
), ended AS MATERIALIZED (
    SELECT * FROM (SELECT * FROM called_off UNION ALL SELECT * FROM expired) AS both_kinds LIMIT :most::int
), taken AS (
    UPDATE parked_executions AS e SET
        lease_owner = :owner,
        lease_until = now() + make_interval(secs => :lease_seconds::float8),
        generation = coalesce(e.generation, :generation)
    FROM ended
    WHERE e.workspace_id = ended.workspace_id AND e.execution_id = ended.execution_id
    RETURNING e.*, ended.generation AS earlier
)
SELECT
    workspace_id, execution_id, connector_id, lane, message, envelope, attempt,
    least(greatest(parked_at, '0001-01-02Z'), '9999-12-30Z') AS parked_at, cancelled,
    coalesce(expires_at <= now(), false) AS expired, earlier AS generation
FROM taken
ORDER BY seq;

-- name: take_past_limit
WITH past_limit AS MATERIALIZED (
    SELECT workspace_id, execution_id, generation
    FROM parked_executions
    WHERE connector_id = :connector_id::uuid AND NOT cancelled AND lease_until <= now()
        AND trouble_limit <= (
            SELECT troubled_seconds + extract(epoch FROM now() - trouble_since)::float8
            FROM backlogs
            WHERE connector_id = :connector_id::uuid AND trouble IS NOT NULL
        )
    ORDER BY trouble_limit, seq
    LIMIT :most::int
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE parked_executions AS e SET
        lease_owner = :owner,
        lease_until = now() + make_interval(secs => :lease_seconds::float8),
        generation = coalesce(e.generation, :generation)
    FROM past_limit
    WHERE e.workspace_id = past_limit.workspace_id AND e.execution_id = past_limit.execution_id
    RETURNING e.*, past_limit.generation AS earlier
)
SELECT
    workspace_id, execution_id, connector_id, lane, message, envelope, attempt,
    least(greatest(parked_at, '0001-01-02Z'), '9999-12-30Z') AS parked_at, cancelled,
    coalesce(expires_at <= now(), false) AS expired, earlier AS generation
FROM taken
ORDER BY seq;

-- name: give_back!
WITH held AS MATERIALIZED (
    SELECT e.workspace_id, e.execution_id, k.generation
    FROM unnest(:workspace_ids::uuid[], :execution_ids::uuid[], :generations::text[]) AS k (
        workspace_id, execution_id, generation
    )
    JOIN parked_executions e USING (workspace_id, execution_id)
    WHERE e.lease_owner = :owner
    ORDER BY e.workspace_id, e.execution_id
    FOR UPDATE OF e
)
UPDATE parked_executions AS e SET lease_owner = NULL, lease_until = '-infinity', generation = held.generation
FROM held
WHERE e.workspace_id = held.workspace_id AND e.execution_id = held.execution_id;

-- name: renew!
WITH held AS MATERIALIZED (
    SELECT e.workspace_id, e.execution_id
    FROM unnest(:workspace_ids::uuid[], :execution_ids::uuid[]) AS k (workspace_id, execution_id)
    JOIN parked_executions e USING (workspace_id, execution_id)
    WHERE e.lease_owner = :owner
    ORDER BY e.workspace_id, e.execution_id
    FOR UPDATE OF e
)
UPDATE parked_executions AS e SET lease_until = now() + make_interval(secs => :lease_seconds::float8)
FROM held
WHERE e.workspace_id = held.workspace_id AND e.execution_id = held.execution_id;

-- name: begin_removal
WITH held AS MATERIALIZED (
    SELECT e.workspace_id, e.execution_id
    FROM unnest(:workspace_ids::uuid[], :execution_ids::uuid[]) AS k (workspace_id, execution_id)
    JOIN parked_executions e USING (workspace_id, execution_id)
    WHERE e.lease_owner = :owner
    ORDER BY e.workspace_id, e.execution_id
    FOR UPDATE OF e
)
UPDATE parked_executions AS e SET leaving = true
FROM held
WHERE e.workspace_id = held.workspace_id AND e.execution_id = held.execution_id
RETURNING e.workspace_id, e.execution_id;

-- name: remove
-- With an owner only those that he has begun to remove. The connectors of which nothing is parked any more.
WITH found AS MATERIALIZED (
    SELECT e.workspace_id, e.execution_id
    FROM unnest(:workspace_ids::uuid[], :execution_ids::uuid[]) AS k (workspace_id, execution_id)
    JOIN parked_executions e USING (workspace_id, execution_id)
    WHERE :owner::text IS NULL OR (e.lease_owner = :owner AND e.leaving)
    ORDER BY e.workspace_id, e.execution_id
    FOR UPDATE OF e
), removed AS (
    DELETE FROM parked_executions AS e
    USING found
    WHERE e.workspace_id = found.workspace_id AND e.execution_id = found.execution_id
    RETURNING e.connector_id
), fewer AS (
    SELECT connector_id, count(*) AS removed FROM removed GROUP BY connector_id
), locked AS MATERIALIZED (
    SELECT b.connector_id
    FROM backlogs b JOIN fewer USING (connector_id)
    ORDER BY b.connector_id
    FOR UPDATE OF b
), counted AS (
    UPDATE backlogs AS b SET
        parked = b.parked - fewer.removed,
        due_at = CASE WHEN b.parked = fewer.removed THEN 'infinity' ELSE b.due_at END
    FROM locked JOIN fewer USING (connector_id)
    WHERE b.connector_id = locked.connector_id
    RETURNING b.connector_id, b.parked
)
SELECT connector_id FROM counted WHERE parked = 0;

-- name: cancellable
(
    SELECT execution_id FROM parked_executions
    WHERE connector_id = :connector_id::uuid AND workspace_id = :workspace_id::uuid
        AND ready AND NOT cancelled
    LIMIT :most::int
)
UNION ALL
(
    SELECT execution_id FROM parked_executions
    WHERE connector_id = :connector_id::uuid AND workspace_id = :workspace_id::uuid
        AND NOT ready AND NOT cancelled
    LIMIT :most::int
);

-- name: cancel$
-- Leased ones too: a drainer that only asks for a slot puts them back.
WITH found AS MATERIALIZED (
    SELECT workspace_id, execution_id
    FROM parked_executions
    WHERE workspace_id = :workspace_id::uuid AND execution_id = ANY(:execution_ids::uuid[])
        AND connector_id = :connector_id::uuid AND NOT cancelled
    ORDER BY execution_id
    FOR UPDATE
), marked AS (
    UPDATE parked_executions AS e SET cancelled = true
    FROM found
    WHERE e.workspace_id = found.workspace_id AND e.execution_id = found.execution_id
    RETURNING 1
)
SELECT count(*) FROM marked;

-- name: call_off
-- By their ids alone; `again` are those that were cancelled before.
WITH found AS MATERIALIZED (
    SELECT workspace_id, execution_id, cancelled
    FROM parked_executions
    WHERE workspace_id = :workspace_id::uuid AND execution_id = ANY(:execution_ids::uuid[])
    ORDER BY execution_id
    FOR UPDATE
), marked AS (
    UPDATE parked_executions AS e SET cancelled = true
    FROM found
    WHERE e.workspace_id = found.workspace_id AND e.execution_id = found.execution_id AND NOT found.cancelled
)
SELECT e.execution_id, e.connector_id, e.lease_until > now() AS leased, found.cancelled AS again
FROM found JOIN parked_executions e USING (workspace_id, execution_id);

-- name: wake!
WITH locked AS MATERIALIZED (
    SELECT connector_id FROM backlogs
    WHERE connector_id = ANY(:connector_ids::uuid[]) AND parked > 0
    ORDER BY connector_id
    FOR UPDATE
)
UPDATE backlogs AS b SET
    due_at = least(b.due_at, greatest(b.lease_until, now())),
    asked_at = least(b.asked_at, now())
FROM locked
WHERE b.connector_id = locked.connector_id;

-- name: try_now$
-- How many are parked. Whoever drains next finds that they wait for nobody.
WITH locked AS MATERIALIZED (
    SELECT connector_id FROM backlogs WHERE connector_id = :connector_id::uuid AND parked > 0 FOR UPDATE
)
UPDATE backlogs AS b SET
    towards = '-',
    due_at = least(b.due_at, greatest(b.lease_until, now())),
    asked_at = least(b.asked_at, now())
FROM locked
WHERE b.connector_id = locked.connector_id
RETURNING b.parked;

-- name: hasten$
-- True when all of them are ready; else it is to be done again. Waits for no lock of a row.
WITH waiting AS MATERIALIZED (
    SELECT workspace_id, execution_id
    FROM parked_executions
    WHERE connector_id = :connector_id::uuid AND NOT ready AND NOT cancelled
    ORDER BY not_before
    LIMIT :most::int
    FOR UPDATE SKIP LOCKED
), hastened AS (
    UPDATE parked_executions AS e SET ready = true, not_before = least(e.not_before, now())
    FROM waiting
    WHERE e.workspace_id = waiting.workspace_id AND e.execution_id = waiting.execution_id
    RETURNING 1
)
UPDATE backlogs AS b SET towards = :towards
WHERE b.connector_id = :connector_id::uuid AND b.lease_owner = :owner AND (SELECT count(*) FROM hastened) < :most::int
RETURNING true;

-- name: wake_next$
WITH next AS MATERIALIZED (
    SELECT connector_id FROM backlogs
    WHERE parked > 0 AND (:after::uuid IS NULL OR connector_id > :after)
    ORDER BY connector_id
    LIMIT :most::int
    FOR UPDATE
), woken AS (
    UPDATE backlogs AS b SET
        due_at = least(b.due_at, greatest(b.lease_until, now())),
        asked_at = least(b.asked_at, now())
    FROM next
    WHERE b.connector_id = next.connector_id
)
SELECT connector_id FROM next ORDER BY connector_id DESC LIMIT 1;

-- name: backlogs
SELECT
    b.connector_id,
    b.parked,
    (
        SELECT count(*)
        FROM (
            SELECT FROM parked_executions
            WHERE connector_id = b.connector_id AND NOT ready AND NOT cancelled AND not_before > now()
            LIMIT :counted::int
        ) AS waiting
    ) AS waiting_for_retry,
    coalesce(
        (
            -- The first of each lane, one step of the index per lane.
            WITH RECURSIVE first AS (
                (
                    SELECT lane, parked_at FROM parked_executions
                    WHERE connector_id = b.connector_id AND ready AND NOT cancelled
                    ORDER BY lane, seq
                    LIMIT 1
                )
                UNION ALL
                SELECT next.lane, next.parked_at
                FROM first CROSS JOIN LATERAL (
                    SELECT lane, parked_at FROM parked_executions
                    WHERE connector_id = b.connector_id AND ready AND NOT cancelled AND lane > first.lane
                    ORDER BY lane, seq
                    LIMIT 1
                ) AS next
            )
            SELECT min(least(greatest(parked_at, '0001-01-02Z'), '9999-12-30Z')) FROM first
        ),
        (
            SELECT min(least(greatest(parked_at, '0001-01-02Z'), '9999-12-30Z'))
            FROM (
                SELECT parked_at FROM parked_executions
                WHERE connector_id = b.connector_id AND NOT ready AND NOT cancelled
                ORDER BY not_before, seq
                LIMIT :counted::int
            ) AS waiting
        )
    ) AS oldest,
    CASE WHEN b.lease_until <= now() THEN least(greatest(b.due_at, '0001-01-02Z'), '9999-12-30Z') END AS due_at,
    b.reason
FROM backlogs b
WHERE b.parked > 0
    AND (:connector_id::uuid IS NULL OR b.connector_id = :connector_id)
    AND (:workspace_id::uuid IS NULL OR b.workspace_id = :workspace_id)
    AND (:after::uuid IS NULL OR b.connector_id > :after)
ORDER BY b.connector_id
LIMIT :most::int;

-- name: parked
WITH last AS MATERIALIZED (
    SELECT e.ready, e.lane, e.not_before, e.seq
    FROM backlogs b JOIN parked_executions e USING (workspace_id, connector_id)
    WHERE b.connector_id = :connector_id::uuid AND e.execution_id = :after::uuid
), ready_rows AS (
    SELECT * FROM parked_executions
    WHERE connector_id = :connector_id::uuid AND ready AND NOT cancelled
        AND (:workspace_id::uuid IS NULL OR workspace_id = :workspace_id)
        AND NOT EXISTS (SELECT FROM last WHERE NOT ready)
        AND (lane, seq) > (
            coalesce((SELECT lane FROM last), -32768)::smallint, coalesce((SELECT seq FROM last), -1)
        )
    ORDER BY lane, seq
    LIMIT :most::int
), waiting_rows AS (
    SELECT * FROM parked_executions
    WHERE connector_id = :connector_id::uuid AND NOT ready AND NOT cancelled
        AND (:workspace_id::uuid IS NULL OR workspace_id = :workspace_id)
        AND (not_before, seq) > (
            coalesce((SELECT not_before FROM last WHERE NOT ready), '-infinity'),
            coalesce((SELECT seq FROM last WHERE NOT ready), -1)
        )
    ORDER BY not_before, seq
    LIMIT :most::int
)
SELECT
    execution_id, connector_id, lane, reason, attempt,
    least(greatest(parked_at, '0001-01-02Z'), '9999-12-30Z') AS parked_at,
    CASE WHEN NOT ready AND not_before > now() THEN least(not_before, '9999-12-30Z') END AS not_before,
    lease_until > now() AS leased, asked_for, flow_id,
    CASE WHEN expires_at IS NOT NULL THEN least(greatest(expires_at, '0001-01-02Z'), '9999-12-30Z') END AS expires_at
FROM (SELECT * FROM ready_rows UNION ALL SELECT * FROM waiting_rows) AS page
ORDER BY NOT ready, CASE WHEN ready THEN lane END, CASE WHEN NOT ready THEN page.not_before END, seq
LIMIT :most::int;

-- name: parked_one^
SELECT
    execution_id, connector_id, lane, reason, attempt,
    least(greatest(parked_at, '0001-01-02Z'), '9999-12-30Z') AS parked_at,
    CASE WHEN NOT ready AND not_before > now() THEN least(not_before, '9999-12-30Z') END AS not_before,
    lease_until > now() AS leased, asked_for, flow_id,
    CASE WHEN expires_at IS NOT NULL THEN least(greatest(expires_at, '0001-01-02Z'), '9999-12-30Z') END AS expires_at
FROM parked_executions
WHERE workspace_id = :workspace_id::uuid AND execution_id = :execution_id::uuid AND NOT cancelled;

-- name: clock_went_back$
-- By how many seconds: the census was taken in what is the future now. NULL when it did not.
SELECT extract(epoch FROM counted_at - now())::float8
FROM census
WHERE counted_at > now() + make_interval(secs => :least_seconds::float8);

-- name: follow_clock$
-- What waits is moved with the clock, once: whoever comes second finds the census of now.
WITH step AS MATERIALIZED (
    SELECT counted_at - now() AS back
    FROM census
    WHERE counted_at > now() + make_interval(secs => :least_seconds::float8)
    FOR UPDATE SKIP LOCKED
), seen AS (
    UPDATE census SET counted_at = now() FROM step
), waiting AS MATERIALIZED (
    SELECT e.workspace_id, e.execution_id
    FROM step CROSS JOIN parked_executions e
    WHERE e.lease_until > now() OR (NOT e.ready AND e.not_before > now())
    ORDER BY e.workspace_id, e.execution_id
    FOR UPDATE OF e
), moved AS (
    UPDATE parked_executions AS e SET not_before = e.not_before - step.back, lease_until = e.lease_until - step.back
    FROM step CROSS JOIN waiting
    WHERE e.workspace_id = waiting.workspace_id AND e.execution_id = waiting.execution_id
), locked AS MATERIALIZED (
    SELECT b.connector_id FROM step CROSS JOIN backlogs b ORDER BY b.connector_id FOR UPDATE OF b
), followed AS (
    UPDATE backlogs AS b SET
        due_at = b.due_at - step.back,
        asked_at = b.asked_at - step.back,
        lease_until = b.lease_until - step.back,
        trouble_since = b.trouble_since - step.back
    FROM step CROSS JOIN locked
    WHERE b.connector_id = locked.connector_id
)
SELECT extract(epoch FROM back)::float8 FROM step;

-- name: accept_clock!
UPDATE census SET counted_at = now() WHERE counted_at > now();

-- name: totals$
-- Who finds another one counting tells what was counted before.
WITH old AS MATERIALIZED (
    SELECT FROM census
    WHERE counted_at NOT BETWEEN now() - make_interval(secs => :fresh_seconds::float8) AND now()
    FOR UPDATE SKIP LOCKED
), renewed AS (
    UPDATE census SET
        counted_at = now(),
        counted = (
            SELECT coalesce(jsonb_agg(by_reason), '[]')
            FROM (
                SELECT
                    reason,
                    count(*) AS backlogs,
                    sum(parked) AS parked,
                    greatest(0, extract(epoch FROM now() - min(due_at)))::float8 AS overdue_seconds
                FROM backlogs
                WHERE parked > 0
                GROUP BY reason
            ) AS by_reason
        )
    FROM old
    RETURNING counted
)
SELECT coalesce((SELECT counted FROM renewed), (SELECT counted FROM census))::text;

-- name: answer$
SELECT 1;
