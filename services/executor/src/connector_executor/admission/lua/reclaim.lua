-- They are here, and the store has forgotten them, or is a copy that is older: what is known here is written down. Not where
-- they have ended, and not over a claim of somebody else whose lease runs: he knows it as well. "p" and our own claim may be
-- older than our last call; but what says called stays called.
-- KEYS: for each execution its claim, its budget's places and its workspace's markers. ARGV: owner, lease_us, ttl_ms, then
-- execution id, whether it holds a place (1 or 0) and "r" for called or "w" for waiting of each.
-- The attempt is 0: whatever is asked next needs a slot, since the ones reserved are forgotten, too.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local until_us = string.format('%.0f', now + ARGV[2])

-- The state to write; nil when the claim stays.
local function state_over(claim, known)
  if not claim or string.sub(claim, 1, 2) == 'p|' then
    return known
  end
  local state, who, lease_until = string.match(claim, '^([rw])|([^|]*)|(%d+)|')
  if who == ARGV[1] then
    return state == 'r' and 'r' or known
  end
  return state and tonumber(lease_until) <= now and known or nil
end

for index = 1, #KEYS, 3 do
  local at = index + 3
  local state = state_over(redis.call('GET', KEYS[index]), ARGV[at + 2])
  if state and not marker(KEYS[index + 2], ARGV[at]) then
    local claim = table.concat({state, ARGV[1], until_us, string.format('%.0f', now), 0}, '|')
    redis.call('SET', KEYS[index], claim, 'PX', ARGV[3])
    if ARGV[at + 1] == '1' then
      redis.call('ZADD', KEYS[index + 1], until_us, ARGV[at])
      redis.call('PEXPIRE', KEYS[index + 1], ARGV[3])
    end
  end
end
return #KEYS
