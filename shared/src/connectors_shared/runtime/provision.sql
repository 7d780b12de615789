-- The roles of the schema that the setting `connectors.schema` names, and the schema itself. What is there already needs
-- no right: an administrator may make all of it in advance.
DO $$
DECLARE
    wanted text := current_setting('connectors.schema');
    owner text := format('connectors_%s_owner', wanted);
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY[owner, format('connectors_%s_app', wanted), format('connectors_%s_worker', wanted)] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- Roles belong to the whole server: whoever works in another database of it was first.
            END;
        END IF;
        IF NOT pg_has_role(session_user, role, 'SET') THEN
            EXECUTE format('GRANT %I TO %I', role, session_user);
        END IF;
    END LOOP;
    IF to_regnamespace(quote_ident(wanted)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', wanted, owner);
    END IF;
END
$$;
