-- Learn the generation of the store's memory. One that is gone, or was written to another server, is begun anew.
-- KEYS[1]: the memory (hash). ARGV: a new generation, settling_us, margin_ms. Answers the generation.
-- generation, server: see `is_of`; run: the server's process then; ready: 1 once it is known what has ended; since_ms: what ended before is not known (0: all is);
-- tail_ms: from when on the log of results has to be read (0: all of it); began_us; settled_us: by then every executor has
-- claimed again what runs there; lost: 1 when there may have been calls before it began; alive_ms: it was whole then;
-- refiller, refiller_until_ms: who reads the log.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function whole(number)
  return string.format('%.0f', number)
end
local server = server_id()
local found = redis.call('HMGET', KEYS[1], 'generation', 'server', 'ready', 'alive_ms', 'tail_ms', 'run')
local run = run_id()
if found[1] and (found[2] == server or continues(found[6], run)) then
  redis.call('HSET', KEYS[1], 'server', server, 'run', run)
  return found[1]
end
local tail = 0
if found[1] then
  tail = tonumber(found[5] or 0)
  if found[3] == '1' then
    tail = math.max(0, tonumber(found[4] or 0) - ARGV[3])
  end
else
  redis.call('HSET', KEYS[1], 'since_ms', 0)
end
redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'server', server, 'run', run, 'ready', 0, 'tail_ms', whole(tail),
  'began_us', whole(now), 'settled_us', whole(now + ARGV[2]), 'lost', 1)
redis.call('HDEL', KEYS[1], 'refiller', 'refiller_until_ms')
return ARGV[1]
