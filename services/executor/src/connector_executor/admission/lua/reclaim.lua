-- They run here although the store has forgotten: claim them again unless somebody has.
-- KEYS: for each execution its claim and its budget's places. ARGV: owner, lease_us, ttl_ms, then execution id, attempt
-- and whether it holds a place (1 or 0) of each.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local until_us = string.format('%.0f', now + ARGV[2])
for index = 1, #KEYS, 2 do
  local at = 3 * (index - 1) / 2 + 4
  local claim = table.concat({'r', ARGV[1], until_us, string.format('%.0f', now), ARGV[at + 1]}, '|')
  if redis.call('SET', KEYS[index], claim, 'PX', ARGV[3], 'NX') and ARGV[at + 2] == '1' then
    redis.call('ZADD', KEYS[index + 1], until_us, ARGV[at])
    redis.call('PEXPIRE', KEYS[index + 1], ARGV[3])
  end
end
return #KEYS
