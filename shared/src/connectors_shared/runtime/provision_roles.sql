-- The roles that the setting `connectors.roles` names. What is there already needs no right: an administrator may make
-- all of it in advance.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY string_to_array(current_setting('connectors.roles'), ' ') LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- Roles belong to the whole server: whoever works in another database of it was first.
            END;
        END IF;
    END LOOP;
END
$$;
