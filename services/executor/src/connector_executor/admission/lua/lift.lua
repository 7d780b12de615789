-- Somebody wants it tried now: nothing that the upstream has said or shown holds the connector any more. Its own limit does, and
-- of a breaker or a health that has refused, one call finds out whether they are over.
-- KEYS: budget, breaker. ARGV: towards (see `BudgetSpec`), connector id. Answers what has held it: "rate_limited", "breaker_open",
-- "unhealthy".
local budget_key, breaker_key = KEYS[1], KEYS[2]
local towards, connector = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local moment = string.format('%.0f', now)
local lifted = {}

local said = redis.call('HMGET', budget_key, 'hold' .. towards, 'lu' .. towards)
if tonumber(said[1] or 0) > now or tonumber(said[2] or 0) > now then
  lifted[#lifted + 1] = 'rate_limited'
end
for _, field in ipairs({'hold', 'hold_at', 'hold_source', 'row', 'row_at', 'li', 'lu', 'learned_source'}) do
  redis.call('HDEL', budget_key, field .. towards)
end

local found = redis.call('HMGET', breaker_key, 'until', 'u:' .. connector)
if tonumber(found[1] or 0) > now then
  redis.call('HSET', breaker_key, 'until', moment)
  redis.call('HDEL', breaker_key, 'probe', 'probe_until')
  lifted[#lifted + 1] = 'breaker_open'
end
if tonumber(found[2] or 0) > now then
  redis.call('HSET', breaker_key, 'u:' .. connector, moment)
  redis.call('HDEL', breaker_key, 'q:' .. connector)
  lifted[#lifted + 1] = 'unhealthy'
end
return lifted
