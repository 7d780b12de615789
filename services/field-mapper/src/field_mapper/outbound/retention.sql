-- name: keep_update_days!
SELECT keep_update_days(:days_kept::int, :days_ahead::int);

-- name: forget_executions!
DELETE FROM applied_executions
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM applied_executions
    WHERE applied_at < now() - make_interval(days => :days::int)
    ORDER BY applied_at
    LIMIT :most::int
));

-- name: forget_edits!
DELETE FROM contact_edits
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM contact_edits
    WHERE edited_at < now() - make_interval(days => :days::int)
    ORDER BY edited_at
    LIMIT :most::int
));

-- name: forget_deleted!
DELETE FROM deleted_contacts
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM deleted_contacts
    WHERE deleted_at < now() - make_interval(days => :days::int)
    ORDER BY deleted_at
    LIMIT :most::int
));

-- name: forget_imports!
DELETE FROM contact_imports
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM contact_imports
    WHERE changed_at < now() - make_interval(
        days => CASE WHEN status IN ('uploading', 'uploaded', 'checked') THEN :unfinished_days::int ELSE :days::int END
    )
    ORDER BY changed_at
    LIMIT 20
));
