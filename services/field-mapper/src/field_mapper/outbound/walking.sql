WITH looked AS MATERIALIZED (
    SELECT id, created_at
    FROM (/* walks */) AS walked
    ORDER BY created_at, id
    LIMIT $5
)
SELECT
    l.id, l.created_at, (/* holds */) AS holds,
    c.first_name, c.last_name, c.company, c.email_key, c.phone, c.alternate_phone, c.external_id
FROM looked l
JOIN contacts c ON c.workspace_id = $1 AND c.id = l.id
ORDER BY l.created_at, l.id
