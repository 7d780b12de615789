-- Nothing of the budget may start before now + seconds. A hold is never shortened.
-- KEYS[1]: budget. ARGV[1]: microseconds.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local wanted = now + ARGV[1]
local stored = tonumber(redis.call('HGET', KEYS[1], 'hold') or 0)
if wanted > stored then
  redis.call('HSET', KEYS[1], 'hold', string.format('%.0f', wanted))
  local keep = math.ceil(ARGV[1] / 1000) + 60000
  if redis.call('PTTL', KEYS[1]) < keep then
    redis.call('PEXPIRE', KEYS[1], keep)
  end
end
return 1
