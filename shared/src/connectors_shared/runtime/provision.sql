-- That the session's user may become these roles, and the schema of the first of them; in a transaction after that
-- which made them: one that another session has made meanwhile is not known to the transaction that waited for it.
DO $$
DECLARE
    roles text[] := string_to_array(current_setting('connectors.roles'), ' ');
    wanted text := current_setting('connectors.schema');
    role text;
BEGIN
    FOREACH role IN ARRAY roles LOOP
        IF NOT pg_has_role(session_user, role, 'SET') THEN
            BEGIN
                EXECUTE format('GRANT %I TO %I', role, session_user);
            EXCEPTION WHEN unique_violation THEN
                NULL;  -- The same user, in another database of the server, was first.
            END;
        END IF;
    END LOOP;
    IF to_regnamespace(quote_ident(wanted)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', wanted, roles[1]);
    END IF;
END
$$;
