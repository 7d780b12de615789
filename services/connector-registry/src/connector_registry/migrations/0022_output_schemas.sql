-- migrate:up

-- What connectors promise of their answers, by id after one, for who looks at answers of all workspaces. Runs with the rights of
-- the owner: the worker, who does that, sees no definition. Null where nothing is promised, or nobody may call.
CREATE FUNCTION registry.output_schemas(after_id uuid, most integer)
RETURNS TABLE (workspace_id uuid, connector_id uuid, version integer, output_schema json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp AS $$
    SELECT c.workspace_id, c.id, c.published_version,
           CASE WHEN c.enabled AND c.deleted_at IS NULL AND json_typeof(v.definition -> 'output_schema') = 'object'
                THEN v.definition -> 'output_schema' END
    FROM (
        SELECT * FROM connectors WHERE after_id IS NULL OR id > after_id ORDER BY id LIMIT most
    ) AS c
    JOIN connector_versions v ON v.connector_id = c.id AND v.version = c.published_version
$$;

REVOKE EXECUTE ON FUNCTION registry.output_schemas(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.output_schemas(uuid, integer) TO connectors_registry_worker;

-- migrate:down

DROP FUNCTION registry.output_schemas;
