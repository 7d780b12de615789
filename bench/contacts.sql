-- name: fill_contacts!
-- Contacts of a year, oldest first: half of them of one workspace, the others of a hundred. Half live in one city.
INSERT INTO mapper.contacts (
    workspace_id, id, first_name, last_name, email, phone, city, country, company, tags, origins, created_at, updated_at
)
SELECT
    CASE n % 2 WHEN 0 THEN :workspace_id::uuid ELSE md5('workspace ' || n % 200)::uuid END,
    md5('contact ' || n)::uuid,
    'First' || n % 20000,
    'Last' || n / 2 % 300,
    'person' || n || '@example.org',
    '+1626' || lpad((n % 10000000)::text, 7, '0'),
    CASE WHEN n % 4 = 0 THEN 'Diamond Bar' ELSE 'City ' || n / 2 % 1000 END,
    'US',
    'Company ' || n / 2 % 5000,
    CASE WHEN n % 10 = 0 THEN ARRAY['customer', 'vip'] ELSE ARRAY['customer'] END,
    jsonb_build_object('email', jsonb_build_object('at', now(), 'connector', md5('connector ' || n % 50)::uuid)),
    now() - interval '365 days' * (1 - n::float8 / :count::bigint),
    now() - interval '30 days' * (1 - n::float8 / :count)
FROM generate_series(:first::bigint, :last::bigint) AS n;

-- name: fill_words!
INSERT INTO mapper.contact_words (workspace_id, word, contact_id)
SELECT workspace_id, lower(word), id
FROM mapper.contacts
CROSS JOIN LATERAL (VALUES (first_name), (last_name), ('company'), (substr(company, 9))) AS w (word)
ORDER BY 1, 2, 3
ON CONFLICT DO NOTHING;

-- name: fill_marks!
-- In the order of their key: else every row is written to another page.
INSERT INTO mapper.contact_marks (workspace_id, mark, created_at, contact_id)
SELECT workspace_id, mapper.filter_key(mark), created_at, id
FROM mapper.contacts
CROSS JOIN LATERAL (
    SELECT 'tag:' || tag FROM unnest(tags) AS tag
    UNION ALL SELECT 'connector:' || (origins -> 'email' ->> 'connector')
) AS m (mark)
ORDER BY 1, 2, 3, 4;

-- name: fill_custom_fields!
INSERT INTO mapper.contact_custom_fields (
    workspace_id, contact_id, field_name, field_value, field_type, origin, contact_created_at
)
SELECT workspace_id, id, f.name, f.value, 'text', origins -> 'email', created_at
FROM mapper.contacts
CROSS JOIN LATERAL (
    VALUES ('plan', to_jsonb('plan ' || hashtext(email) % 20)), ('source', to_jsonb('source ' || hashtext(email) % 3000))
) AS f (name, value);
