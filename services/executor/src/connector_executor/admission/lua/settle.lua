-- The outcomes are published and their offsets committed: only a marker stays.
-- KEYS: claims. ARGV[1]: ttl_ms.
for _, claim_key in ipairs(KEYS) do
  redis.call('SET', claim_key, 's', 'PX', ARGV[1])
end
return #KEYS
