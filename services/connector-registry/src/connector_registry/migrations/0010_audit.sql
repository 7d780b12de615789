-- migrate:up

-- Who did what to what, written in the transaction that does it. The app may add and read; nobody but the owner's function below can
-- change or remove anything. `changes` are the leaves that are others now, without what is secret.
CREATE TABLE registry.audit_entries (
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

CREATE INDEX audit_entries_of_thing ON registry.audit_entries (workspace_id, thing_id, at, id) WHERE thing_id IS NOT NULL;
CREATE INDEX audit_entries_of_actor ON registry.audit_entries (workspace_id, actor_id, at, id);
CREATE INDEX audit_entries_by_action ON registry.audit_entries (workspace_id, action, at, id);
CREATE INDEX audit_entries_by_kind ON registry.audit_entries (workspace_id, kind, at, id);
CREATE INDEX audit_entries_by_age ON registry.audit_entries (at);

-- Removes at most `most` entries that are older than `days`, of all workspaces; returns how many there were. Runs with the rights of
-- the owner. Whoever may call it cannot remove what is younger than ninety days.
CREATE FUNCTION registry.forget_audit(days int, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = registry, pg_temp AS $$
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

REVOKE EXECUTE ON FUNCTION registry.forget_audit(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.forget_audit(int, int) TO connectors_registry_worker;
GRANT SELECT, INSERT ON registry.audit_entries TO connectors_registry_app;

ALTER TABLE registry.audit_entries ENABLE ROW LEVEL SECURITY;

CREATE POLICY own_workspace ON registry.audit_entries TO connectors_registry_app
    USING (workspace_id = registry.current_workspace());

-- migrate:down

DROP FUNCTION registry.forget_audit;
DROP TABLE registry.audit_entries;
