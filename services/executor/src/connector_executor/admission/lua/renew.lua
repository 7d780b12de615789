-- Still running: extend the leases that are ours, and the places they hold.
-- KEYS: for each execution its claim and its budget's places. ARGV: owner, lease_us, ttl_ms, then the execution ids.
local time = redis.call('TIME')
local until_us = string.format('%.0f', time[1] * 1000000 + time[2] + ARGV[2])
for index = 1, #KEYS, 2 do
  local claim = redis.call('GET', KEYS[index])
  local who, slot, attempt = string.match(claim or '', '^r|([^|]*)|%d+|(%d+)|(%d+)$')
  if who == ARGV[1] then
    redis.call('SET', KEYS[index], table.concat({'r', who, until_us, slot, attempt}, '|'), 'PX', ARGV[3])
    redis.call('ZADD', KEYS[index + 1], 'XX', until_us, ARGV[(index + 1) / 2 + 3])
  end
end
return #KEYS
