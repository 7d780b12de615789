-- Still here: extend the leases that are ours, and the places they hold.
-- KEYS[1]: the memory, then for each execution its claim and its budget's places.
-- ARGV: generation, owner, lease_us, ttl_ms, then the execution ids.
-- Answers the indexes of those without a claim, or false when the memory is of another generation or server.
if not is_of(ARGV[1], KEYS[1]) then
  return false
end
local time = redis.call('TIME')
local until_us = string.format('%.0f', time[1] * 1000000 + time[2] + ARGV[3])
local missing = {}
for index = 2, #KEYS, 2 do
  local claim = redis.call('GET', KEYS[index])
  local state, who, slot, attempt = string.match(claim or '', '^([rw])|([^|]*)|%d+|(%d+)|(%d+)$')
  if who == ARGV[2] then
    redis.call('SET', KEYS[index], table.concat({state, who, until_us, slot, attempt}, '|'), 'PX', ARGV[4])
    redis.call('ZADD', KEYS[index + 1], 'XX', until_us, ARGV[index / 2 + 4])
  elseif not claim then
    missing[#missing + 1] = index / 2
  end
end
return missing
