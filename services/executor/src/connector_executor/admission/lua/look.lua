-- The state of the store's memory. While it is not ready, who asks first is to refill it.
-- KEYS[1]: the memory. ARGV: generation, owner, refill_lease_ms.
-- Answers {ready, refills, tail_ms, since_ms, settles_in_us}, or false when it is of another generation or server.
if not is_of(ARGV[1], KEYS[1]) then
  return false
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local now_ms = math.floor(now / 1000)
local found = redis.call('HMGET', KEYS[1], 'ready', 'tail_ms', 'since_ms', 'settled_us', 'refiller', 'refiller_until_ms', 'began_us')
local ready, refills = found[1] == '1', false
local refiller_until_ms = tonumber(found[6] or 0)
if refiller_until_ms > now_ms + ARGV[3] then
  -- It was written before the server's clock went back.
  refiller_until_ms = now_ms + ARGV[3]
  redis.call('HSET', KEYS[1], 'refiller_until_ms', string.format('%.0f', refiller_until_ms))
end
if ready then
  redis.call('HSET', KEYS[1], 'alive_ms', string.format('%.0f', now_ms))
elseif found[5] == ARGV[2] or refiller_until_ms < now_ms then
  refills = true
  redis.call('HSET', KEYS[1], 'refiller', ARGV[2], 'refiller_until_ms', string.format('%.0f', now_ms + ARGV[3]))
end
local _, settled_us = begun(KEYS[1], tonumber(found[7] or 0), tonumber(found[4] or 0), now)
local settles = math.max(0, settled_us - now)
return {ready and 1 or 0, refills and 1 or 0, tonumber(found[2] or 0), tonumber(found[3] or 0), settles}
