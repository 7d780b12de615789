-- They run here although the store has forgotten: claim them again unless somebody has, or they have ended.
-- KEYS: for each execution its claim, its budget's places and its workspace's markers. ARGV: owner, lease_us, ttl_ms, then
-- execution id, whether it holds a place (1 or 0) and "r" for called or "w" for waiting of each.
-- The attempt is 0: whatever is asked next needs a slot, since the ones reserved are forgotten, too.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local until_us = string.format('%.0f', now + ARGV[2])
for index = 1, #KEYS, 3 do
  local at = index + 3
  if not marker(KEYS[index + 2], ARGV[at]) then
    local claim = table.concat({ARGV[at + 2], ARGV[1], until_us, string.format('%.0f', now), 0}, '|')
    if redis.call('SET', KEYS[index], claim, 'PX', ARGV[3], 'NX') and ARGV[at + 1] == '1' then
      redis.call('ZADD', KEYS[index + 1], until_us, ARGV[at])
      redis.call('PEXPIRE', KEYS[index + 1], ARGV[3])
    end
  end
end
return #KEYS
