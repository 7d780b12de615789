-- Connectors have a backlog, or have none any more.
-- KEYS: budgets. ARGV: "1" or "0", ttl_ms, then the connector id of each.
for index, key in ipairs(KEYS) do
  local field = 'b:' .. ARGV[index + 2]
  if ARGV[1] == '0' then
    redis.call('HDEL', key, field)
  else
    redis.call('HSET', key, field, 1)
    if redis.call('PTTL', key) < tonumber(ARGV[2]) then
      redis.call('PEXPIRE', key, ARGV[2])
    end
  end
end
return #KEYS
