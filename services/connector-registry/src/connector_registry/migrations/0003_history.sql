-- migrate:up

-- Which executions are recorded, whatever the day of their result: a result that comes twice is known by it. Kept for longer than
-- Kafka can bring one again, and than what is recorded of it.
CREATE TABLE registry.execution_ids (
    workspace_id  uuid NOT NULL,
    execution_id  uuid NOT NULL,
    executed_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, execution_id)
);

CREATE INDEX execution_ids_by_age ON registry.execution_ids (executed_at);

-- One row per execution, once it has an outcome. A day of UTC is a partition. `input_data`, `output_data` and the like are
-- json, not jsonb: they keep their order and their numbers, and take every text; `cut` names what of them is shortened or
-- left out. Of a failure whose connector does not log errors there is only that it happened.
CREATE TABLE registry.connector_executions (
    workspace_id       uuid NOT NULL,
    executed_at        timestamptz NOT NULL,
    id                 uuid NOT NULL,
    connector_id       uuid NOT NULL,
    connector_version  integer,
    flow_id            text,
    flow_run_id        text,
    step_id            text,
    contact_id         text,
    status             text NOT NULL,
    error_type         text,
    error_message      text,
    http_status        integer,
    retryable          boolean,
    trigger            text NOT NULL,
    lane               text NOT NULL,
    execution_time_ms  bigint NOT NULL,
    attempt_count      integer NOT NULL,
    attempts           json,
    request            json,
    input_data         json,
    output_data        json,
    labels             json,
    cut                text[] NOT NULL DEFAULT '{}',
    requested_at       timestamptz,
    started_at         timestamptz,
    recorded_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, executed_at, id)
) PARTITION BY RANGE (executed_at);

-- One for each way to narrow a list that may lead to few rows among many.
CREATE INDEX executions_of_connector ON registry.connector_executions (workspace_id, connector_id, executed_at, id);
CREATE INDEX executions_of_flow ON registry.connector_executions (workspace_id, flow_id, executed_at, id)
    WHERE flow_id IS NOT NULL;
CREATE INDEX executions_of_flow_run ON registry.connector_executions (workspace_id, flow_run_id, executed_at, id)
    WHERE flow_run_id IS NOT NULL;
CREATE INDEX executions_of_contact ON registry.connector_executions (workspace_id, contact_id, executed_at, id)
    WHERE contact_id IS NOT NULL;
CREATE INDEX executions_by_trigger ON registry.connector_executions (workspace_id, trigger, executed_at, id)
    WHERE trigger <> 'flow';
CREATE INDEX failed_executions ON registry.connector_executions (workspace_id, executed_at, id)
    WHERE status <> 'success';
CREATE INDEX failed_executions_of_connector
    ON registry.connector_executions (workspace_id, connector_id, executed_at, id) WHERE status <> 'success';
CREATE INDEX failed_executions_by_type ON registry.connector_executions (workspace_id, error_type, executed_at, id)
    WHERE error_type IS NOT NULL;

-- What the field mapper made of an execution: one row for each `contact.updated`.
CREATE TABLE registry.execution_mappings (
    workspace_id   uuid NOT NULL,
    execution_id   uuid NOT NULL,
    updated_at     timestamptz NOT NULL,
    sequence       bigint NOT NULL,
    contact_id     text,
    created        boolean NOT NULL,
    user_fields    json,
    custom_fields  json,
    -- What became of each mapping, in their order.
    mappings       json,
    reason         text,
    cut            text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, execution_id, updated_at, sequence)
) PARTITION BY RANGE (updated_at);

CREATE INDEX execution_mappings_by_age ON registry.execution_mappings (workspace_id, updated_at);

-- What is counted of executions, by connector, for each hour and each day of UTC. `errors`: error type → failures;
-- `durations`: how many executions took how long, by the buckets of `history/durations.py`. Both are added up.
CREATE TABLE registry.execution_rollups (
    workspace_id  uuid NOT NULL,
    period        text NOT NULL CHECK (period IN ('hour', 'day')),
    starts_at     timestamptz NOT NULL,
    connector_id  uuid NOT NULL,
    executions    bigint NOT NULL,
    succeeded     bigint NOT NULL,
    failed        bigint NOT NULL,
    timed_out     bigint NOT NULL,
    skipped       bigint NOT NULL,
    total_ms      bigint NOT NULL,
    errors        jsonb NOT NULL DEFAULT '{}',
    durations     bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, period, starts_at, connector_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX execution_rollups_by_age ON registry.execution_rollups (period, starts_at);

-- What uses a connector: a flow (`flow`), or a step whose flow is not told (`step`), each with its id; without an id all that
-- tells neither (`flow`), and whoever calls it outside of flows (`other`).
CREATE TABLE registry.connector_flows (
    workspace_id   uuid NOT NULL,
    connector_id   uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('flow', 'step', 'other')),
    used_by        text NOT NULL,
    first_used_at  timestamptz NOT NULL,
    last_used_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, connector_id, kind, used_by)
) WITH (fillfactor = 70);

CREATE FUNCTION registry.added(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(key, n), '{}') FROM (
        SELECT key, sum(value::bigint) AS n
        FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) AS each
        GROUP BY key
    ) AS sums
$$;

CREATE FUNCTION registry.added(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY place), '{}')
    FROM unnest(a, b) WITH ORDINALITY AS each (x, y, place)
$$;

-- Makes the days from `days_back` before today to `days_ahead` after it, and drops those that are older than any workspace keeps its
-- history; one that has settled nothing keeps it for `default_days`. Runs with the rights of the owner, since only the owner
-- may do it. Fails when somebody holds a table for longer than two seconds; the days are made well ahead, so that it may.
CREATE FUNCTION registry.keep_history_days(days_back int, days_ahead int, default_days int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp SET lock_timeout = '2s' SET timezone = 'UTC' AS $$
DECLARE
    today CONSTANT date := current_date;
    oldest CONSTANT date := today - 1 - greatest(
        days_back, default_days, (SELECT max(retention_days) FROM workspaces)
    );
    parent text;
    day date;
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('registry.keep_history_days'));
    FOREACH parent IN ARRAY ARRAY['connector_executions', 'execution_mappings'] LOOP
        FOR day IN SELECT today + n FROM generate_series(-days_back, days_ahead) AS n LOOP
            name := parent || '_' || to_char(day, 'YYYYMMDD');
            CONTINUE WHEN to_regclass('registry.' || name) IS NOT NULL;
            EXECUTE format('CREATE TABLE registry.%I (LIKE registry.%I INCLUDING ALL)', name, parent);
            EXECUTE format(
                'ALTER TABLE registry.%I ATTACH PARTITION registry.%I FOR VALUES FROM (%L) TO (%L)',
                parent, name, day::timestamptz, (day + 1)::timestamptz
            );
        END LOOP;
        FOR name IN
            SELECT c.relname
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = ('registry.' || parent)::regclass AND c.relname ~ ('^' || parent || '_[0-9]{8}$')
                AND to_date(right(c.relname, 8), 'YYYYMMDD') < oldest
        LOOP
            EXECUTE format('DROP TABLE registry.%I', name);
        END LOOP;
    END LOOP;
END
$$;

-- Which workspaces keep their history for a shorter time than the longest of all, and since when; what the others do not keep any more
-- goes with its day. Runs with the rights of the owner, since it reads what each workspace has settled; each is found by one step of
-- an index.
CREATE FUNCTION registry.forgetful_workspaces(default_days int) RETURNS TABLE (workspace_id uuid, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp AS $$
    WITH RECURSIVE counted (id) AS (
        (SELECT r.workspace_id FROM execution_rollups r ORDER BY r.workspace_id LIMIT 1)
        UNION ALL
        SELECT (
            SELECT r.workspace_id FROM execution_rollups r WHERE r.workspace_id > c.id ORDER BY r.workspace_id LIMIT 1
        )
        FROM counted c
        WHERE c.id IS NOT NULL
    ), keeping AS (
        SELECT c.id, coalesce(w.retention_days, default_days) AS days
        FROM counted c LEFT JOIN workspaces w ON w.workspace_id = c.id
        WHERE c.id IS NOT NULL
    )
    SELECT id, now() - make_interval(days => days)
    FROM keeping
    WHERE days < greatest(default_days, (SELECT max(retention_days) FROM workspaces))
    ORDER BY id
$$;

-- Removes at most `most` executions of the workspace, and as many mappings, that are older than `since`; returns how many it has
-- removed. Runs with the rights of the owner: the worker may add rows, and remove none but these.
CREATE FUNCTION registry.forget_executions(whose uuid, since timestamptz, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
DECLARE
    executions bigint;
    mappings bigint;
BEGIN
    DELETE FROM connector_executions e
    USING (
        SELECT executed_at, id FROM connector_executions
        WHERE workspace_id = whose AND executed_at < since
        ORDER BY executed_at, id LIMIT most
    ) AS old
    WHERE e.workspace_id = whose AND e.executed_at < since AND e.executed_at = old.executed_at AND e.id = old.id;
    GET DIAGNOSTICS executions = ROW_COUNT;
    DELETE FROM execution_mappings m
    USING (
        SELECT updated_at, execution_id, sequence FROM execution_mappings
        WHERE workspace_id = whose AND updated_at < since
        ORDER BY updated_at LIMIT most
    ) AS old
    WHERE m.workspace_id = whose AND m.updated_at < since AND m.updated_at = old.updated_at
        AND m.execution_id = old.execution_id AND m.sequence = old.sequence;
    GET DIAGNOSTICS mappings = ROW_COUNT;
    RETURN executions + mappings;
END
$$;

REVOKE EXECUTE ON FUNCTION registry.keep_history_days(int, int, int), registry.forgetful_workspaces(int),
    registry.forget_executions(uuid, timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.keep_history_days(int, int, int), registry.forgetful_workspaces(int),
    registry.forget_executions(uuid, timestamptz, int) TO connectors_registry_worker;

GRANT SELECT ON registry.connector_executions, registry.execution_ids, registry.execution_mappings,
    registry.execution_rollups, registry.connector_flows TO connectors_registry_app;
GRANT SELECT, INSERT ON registry.connector_executions, registry.execution_mappings TO connectors_registry_worker;
GRANT SELECT, INSERT, DELETE ON registry.execution_ids TO connectors_registry_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.execution_rollups, registry.connector_flows
    TO connectors_registry_worker;

ALTER TABLE registry.execution_ids ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.connector_executions ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.execution_mappings ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.execution_rollups ENABLE ROW LEVEL SECURITY;
ALTER TABLE registry.connector_flows ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.execution_ids TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.connector_executions TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.execution_mappings TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.execution_rollups TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY own_workspace ON registry.connector_flows TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());
CREATE POLICY all_workspaces ON registry.execution_ids TO connectors_registry_worker USING (true);
CREATE POLICY all_workspaces ON registry.connector_executions TO connectors_registry_worker USING (true);
CREATE POLICY all_workspaces ON registry.execution_mappings TO connectors_registry_worker USING (true);
CREATE POLICY all_workspaces ON registry.execution_rollups TO connectors_registry_worker USING (true);
CREATE POLICY all_workspaces ON registry.connector_flows TO connectors_registry_worker USING (true);

-- Today; the history makes its days itself.
SELECT registry.keep_history_days(0, 0, 30);

-- migrate:down

DROP FUNCTION registry.forget_executions, registry.forgetful_workspaces, registry.keep_history_days;
DROP TABLE registry.connector_flows, registry.execution_rollups, registry.execution_mappings, registry.connector_executions,
    registry.execution_ids;
DROP FUNCTION registry.added(jsonb, jsonb), registry.added(bigint[], bigint[]);
