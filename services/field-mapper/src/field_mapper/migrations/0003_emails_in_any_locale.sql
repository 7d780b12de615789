-- migrate:up
-- As `email_key` in Python: under another locale than "C" the two would differ beyond A to Z.
DROP INDEX mapper.contacts_by_email;
CREATE INDEX contacts_by_email ON mapper.contacts (workspace_id, lower(email COLLATE "C")) WHERE email IS NOT NULL;

-- migrate:down
DROP INDEX mapper.contacts_by_email;
CREATE INDEX contacts_by_email ON mapper.contacts (workspace_id, lower(email)) WHERE email IS NOT NULL;
