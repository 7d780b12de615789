-- What has ended is known again: writes are admitted.
-- KEYS[1]: the memory. ARGV: generation, owner, since_ms ("" when that did not change), lost (1 or 0).
-- Answers 0 when somebody else refills, or the memory is another one.
local found = redis.call('HMGET', KEYS[1], 'refiller', 'ready')
if not is_of(ARGV[1], KEYS[1]) or found[1] ~= ARGV[2] then
  return 0
end
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'since_ms', ARGV[3])
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'ready', 1, 'lost', ARGV[4], 'alive_ms', string.format('%.0f', math.floor(time[1] * 1000 + time[2] / 1000)))
redis.call('HDEL', KEYS[1], 'refiller', 'refiller_until_ms', 'tail_ms')
if ARGV[4] == '0' then
  redis.call('HDEL', KEYS[1], 'settled_us')
end
return 1
