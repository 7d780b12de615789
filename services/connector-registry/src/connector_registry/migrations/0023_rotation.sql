-- migrate:up

-- How often a credential was sealed anew, under another encryption key. With its revision it makes that of its message: executors
-- take the new one, and nobody's own change is refused for it.
ALTER TABLE registry.credentials ADD COLUMN sealings bigint NOT NULL DEFAULT 0;

-- Which credentials have a secret, or a token, under one of these keys, by id after one. These run with the rights of the owner:
-- the worker, who asks, sees no credential.
CREATE FUNCTION registry.sealed_under(keys text[], after_id uuid, most integer)
RETURNS TABLE (workspace_id uuid, credential_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp AS $$
    SELECT due.workspace_id, due.id
    FROM (
        SELECT c.workspace_id, c.id FROM credentials c WHERE c.key_ids && keys
        UNION
        SELECT t.workspace_id, t.credential_id FROM oauth_tokens t WHERE t.key_ids && keys
    ) AS due
    WHERE after_id IS NULL OR due.id > after_id
    ORDER BY due.id
    LIMIT most
$$;

-- How many have one under one of `former`, and under a key that is not among `known`.
CREATE FUNCTION registry.count_sealed(former text[], known text[], OUT under_former bigint, OUT under_unknown bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = registry, pg_temp AS $$
    SELECT (SELECT count(*) FROM sealed_under(former, NULL, 1000000)),
           (SELECT count(*) FROM credentials c WHERE NOT c.key_ids <@ known)
           + (SELECT count(*) FROM oauth_tokens t WHERE NOT t.key_ids <@ known)
$$;

REVOKE EXECUTE ON FUNCTION registry.sealed_under(text[], uuid, integer), registry.count_sealed(text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.sealed_under(text[], uuid, integer), registry.count_sealed(text[], text[])
TO connectors_registry_worker;

-- migrate:down

DROP FUNCTION registry.count_sealed, registry.sealed_under;
ALTER TABLE registry.credentials DROP COLUMN sealings;
