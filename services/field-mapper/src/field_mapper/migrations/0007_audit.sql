-- migrate:up

-- Who did what by hand to contacts and custom fields, written in the transaction that does it; see the registry's table of this name.
CREATE TABLE mapper.audit_entries (
    id            uuid NOT NULL DEFAULT gen_random_uuid(),
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    workspace_id  uuid NOT NULL,
    actor_kind    text NOT NULL,
    actor_id      text NOT NULL,
    actor_key     text,
    address       text,
    request_id    text,
    trace_id      text,
    action        text NOT NULL,
    kind          text NOT NULL,
    thing_id      text,
    thing_name    text,
    changes       json NOT NULL DEFAULT '[]',
    details       json NOT NULL DEFAULT '{}',
    PRIMARY KEY (workspace_id, at, id)
);

CREATE INDEX audit_entries_of_thing ON mapper.audit_entries (workspace_id, thing_id, at, id) WHERE thing_id IS NOT NULL;
CREATE INDEX audit_entries_of_actor ON mapper.audit_entries (workspace_id, actor_id, at, id);
CREATE INDEX audit_entries_by_action ON mapper.audit_entries (workspace_id, action, at, id);
CREATE INDEX audit_entries_by_kind ON mapper.audit_entries (workspace_id, kind, at, id);
CREATE INDEX audit_entries_by_age ON mapper.audit_entries (at);

-- Removes at most `most` entries that are older than `days`, of all workspaces; returns how many there were. Runs with the rights of
-- the owner. Whoever may call it cannot remove what is younger than ninety days.
CREATE FUNCTION mapper.forget_audit(days int, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = mapper, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    DELETE FROM audit_entries
    WHERE (workspace_id, at, id) IN (
        SELECT workspace_id, at, id FROM audit_entries
        WHERE at < now() - make_interval(days => greatest(days, 90))
        ORDER BY at LIMIT most
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$$;

REVOKE EXECUTE ON FUNCTION mapper.forget_audit(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mapper.forget_audit(int, int) TO connectors_mapper_worker;
GRANT SELECT, INSERT ON mapper.audit_entries TO connectors_mapper_app;

ALTER TABLE mapper.audit_entries ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspaces ON mapper.audit_entries TO connectors_mapper_app
    USING ((workspace_id = ANY ((SELECT mapper.current_workspaces())::uuid[])) IS TRUE);

-- migrate:down

DROP FUNCTION mapper.forget_audit;
DROP TABLE mapper.audit_entries;
