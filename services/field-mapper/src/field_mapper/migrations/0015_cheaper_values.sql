-- migrate:up
-- The custom fields of a contact go with it, by one statement for all contacts that are deleted. A foreign key did so too,
-- and looked for the contact at every value that was written, though whoever writes one has the contact locked, or has
-- made it: a quarter of what a value cost.
CREATE FUNCTION mapper.forget_custom_fields() RETURNS trigger LANGUAGE plpgsql SET search_path = mapper, pg_temp AS $$
BEGIN
    DELETE FROM contact_custom_fields f USING gone WHERE f.workspace_id = gone.workspace_id AND f.contact_id = gone.id;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION mapper.forget_custom_fields() FROM PUBLIC;

CREATE TRIGGER custom_fields_go_with_it AFTER DELETE ON mapper.contacts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION mapper.forget_custom_fields();

ALTER TABLE mapper.contact_custom_fields DROP CONSTRAINT contact_custom_fields_workspace_id_contact_id_fkey;

-- Room for the next version of a row beside it: a contact that is confirmed, or changed in what no index has, adds to none
-- of its indexes then. Holds for pages that are filled from now on.
ALTER TABLE mapper.contacts SET (fillfactor = 80);
ALTER TABLE mapper.contact_custom_fields SET (fillfactor = 85);

-- migrate:down
ALTER TABLE mapper.contact_custom_fields RESET (fillfactor);
ALTER TABLE mapper.contacts RESET (fillfactor);
ALTER TABLE mapper.contact_custom_fields ADD FOREIGN KEY (workspace_id, contact_id)
    REFERENCES mapper.contacts (workspace_id, id) ON DELETE CASCADE;
DROP TRIGGER custom_fields_go_with_it ON mapper.contacts;
DROP FUNCTION mapper.forget_custom_fields();
