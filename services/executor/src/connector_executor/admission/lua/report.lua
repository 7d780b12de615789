-- Count calls towards breakers and the health of connectors.
-- KEYS: a breaker (hash) for each tally. ARGV[1]: msgpack {window_us, min_calls, failure_rate, open_us, max_open_us,
--   unhealthy_us, unhealthy_failures, unhealthy_probe_us, {{connector_id, alive, failing, succeeded, failed, {uncalled id, ...}}, ...}}
-- Answers msgpack {{index, healthy, failing_us}, ...}: connectors whose health changed.
-- Breaker: until (0 or absent: closed; past: half-open), opens, probe, probe_until; w, n, f: start, calls and failures of
-- this window, pn, pf: of the one before; f:ID, c:ID: since when and how often a connector only failed; u:ID: unhealthy
-- until its next probe, q:ID: which execution that is.
local window, min_calls, rate, open_us, max_open, unhealthy_us, unhealthy_failures, unhealthy_probe, items = unpack(cmsgpack.unpack(ARGV[1]))
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local changed = {}

local function whole(number)
  return string.format('%.0f', number)
end

local function open(key, opens)
  local lasts = math.min(open_us * 2 ^ opens, max_open)
  redis.call('HSET', key, 'until', whole(now + lasts), 'opens', opens + 1)
  redis.call('HDEL', key, 'probe', 'probe_until', 'w', 'n', 'f', 'pn', 'pf')
  return lasts
end

local function count(key, alive, failing)
  local stored = redis.call('HMGET', key, 'until', 'opens', 'w', 'n', 'f', 'pn', 'pf')
  local open_until, opens = tonumber(stored[1] or 0), tonumber(stored[2] or 0)
  if open_until > now then
    return
  end
  if open_until > 0 then
    if alive > 0 then
      redis.call('HDEL', key, 'until', 'opens', 'probe', 'probe_until')
    elseif failing > 0 then
      return open(key, opens)
    end
    return
  end
  local start, n, f, pn, pf = tonumber(stored[3] or 0), tonumber(stored[4] or 0), tonumber(stored[5] or 0), tonumber(stored[6] or 0), tonumber(stored[7] or 0)
  if start > now then
    -- The server's clock went back.
    start = now
  elseif now - start >= 2 * window then
    start, n, f, pn, pf = now, 0, 0, 0, 0
  elseif now - start >= window then
    start, n, f, pn, pf = now, 0, 0, n, f
  end
  n, f = n + alive + failing, f + failing
  -- The window before counts as far as it still reaches into the last `window_us`.
  local share = 1 - (now - start) / window
  local calls, failures = n + pn * share, f + pf * share
  if failing > 0 and calls >= min_calls and failures >= rate * calls then
    return open(key, 0)
  end
  redis.call('HSET', key, 'w', whole(start), 'n', n, 'f', f, 'pn', pn, 'pf', pf)
end

for index, item in ipairs(items) do
  local key, id = KEYS[index], item[1]
  if #item[6] > 0 then
    for _, uncalled in ipairs(item[6]) do
      give_probe_back(key, id, uncalled, now)
    end
  end
  local lasts = item[2] + item[3] > 0 and count(key, item[2], item[3]) or nil
  local ms = 2 * math.max(window, lasts or 0, max_open) / 1000
  if item[4] > 0 then
    local since, was = unpack(redis.call('HMGET', key, 'f:' .. id, 'u:' .. id))
    if since or was then
      redis.call('HDEL', key, 'f:' .. id, 'c:' .. id, 'u:' .. id, 'q:' .. id)
    end
    if was then
      changed[#changed + 1] = {index, true, math.max(0, now - tonumber(since or whole(now)))}
    end
  elseif item[5] > 0 then
    redis.call('HSETNX', key, 'f:' .. id, whole(now))
    local failures = redis.call('HINCRBY', key, 'c:' .. id, item[5])
    local since = tonumber(redis.call('HGET', key, 'f:' .. id))
    if now - since >= unhealthy_us and failures >= unhealthy_failures and redis.call('HSETNX', key, 'u:' .. id, whole(now + unhealthy_probe)) == 1 then
      changed[#changed + 1] = {index, false, now - since}
    end
    ms = math.max(ms, 2 * unhealthy_us / 1000)
  end
  if redis.call('PTTL', key) < ms then
    redis.call('PEXPIRE', key, math.ceil(ms))
  end
end
return cmsgpack.pack(changed)
