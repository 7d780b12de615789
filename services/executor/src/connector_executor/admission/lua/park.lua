-- They will be called again much later: the claims that are ours say parked, the places are free.
-- KEYS: for each execution its claim and its budget's places. ARGV: owner, ttl_ms, then execution id and attempt of each.
local owned = '|' .. ARGV[1] .. '|'
for index = 1, #KEYS, 2 do
  local claim = redis.call('GET', KEYS[index])
  if claim and string.sub(claim, 2, #owned + 1) == owned then
    redis.call('SET', KEYS[index], 'p|' .. ARGV[index + 3], 'PX', ARGV[2])
    redis.call('ZREM', KEYS[index + 1], ARGV[index + 2])
  end
end
return #KEYS
