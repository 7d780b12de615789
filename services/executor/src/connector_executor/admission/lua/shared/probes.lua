-- An execution was not called: if it was the probe of its breaker, or of its connector's health, another may be.
local function give_probe_back(breaker_key, connector, id, now_us)
  local probes = redis.call('HMGET', breaker_key, 'probe', 'q:' .. connector)
  if probes[1] == id then
    redis.call('HDEL', breaker_key, 'probe', 'probe_until')
  end
  if probes[2] == id then
    redis.call('HSET', breaker_key, 'u:' .. connector, string.format('%.0f', now_us))
    redis.call('HDEL', breaker_key, 'q:' .. connector)
  end
end
