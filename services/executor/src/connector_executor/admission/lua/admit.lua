-- Deduplication, breaker and budget in one step, for a batch of executions.
-- KEYS[1]: the marker. Then for each execution its claim, its budget (hash), its budget's places (sorted set), its breaker (hash).
-- ARGV[1]: msgpack {owner, generation, horizon_us, drain_horizon_us, lease_us, ttl_ms, probe_us, max_open_us, unhealthy_probe_us,
--   {{execution_id, attempt, repeatable, weight, max_concurrent, {interval_us, tolerance_us, ...}, connector_id,
--     queueing, doubtful}, ...}}
-- Answers msgpack {{verdict, wait_us, result, watched}, ...} (watched is 0 when the breaker knows nothing), or "lost" when the marker is not that of the generation.
-- Safe to send again: a claim remembers owner and attempt.
-- A moment further ahead than anything here reserves was written before the server's clock went back: it is moved near.
-- Claims: "w|owner|lease_until|slot|attempt" waiting for its slot, the same with "r" running, "p|attempt" parked, "d|result"
-- done, "s" settled. Who waits asks once more when the slot has come; until then nothing has been called, whoever dies.
local owner, generation, horizon, drain_horizon, lease, ttl, probe_us, max_open_us, unhealthy_probe_us, items = unpack(cmsgpack.unpack(ARGV[1]))
if redis.call('GET', KEYS[1]) ~= generation then
  return cmsgpack.pack('lost')
end
local WAITS, PARKS, DRAINED = 0, 1, 3
local BACKLOG_MS = 86400000
local AT_ONCE_US = 2000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function whole(number)
  return string.format('%.0f', number)
end

local function keep(key, ms)
  if redis.call('PTTL', key) < ms then
    redis.call('PEXPIRE', key, ms)
  end
end

-- Never further ahead than the horizon and the last reservation's cost.
local function plausible(key, field, arrival, interval, weight, tolerance)
  local most = now + horizon + tolerance + (interval or 0) * (weight or 1)
  if interval and arrival > most then
    redis.call('HSET', key, field, whole(most))
    return most
  end
  return arrival
end

local function near(key, field, moment, most)
  if moment > now + most then
    redis.call('HSET', key, field, whole(now + most))
    return now + most
  end
  return moment
end

-- What was reserved under another interval keeps its number of calls, not its time.
local function rescaled(arrival, old, interval)
  if not old or old == interval or arrival <= now then
    return arrival
  end
  return now + (arrival - now) * interval / old
end

local function refuse(verdict, wait, item, claim, keys, backlog)
  local queueing = item[8]
  if queueing == PARKS or queueing == 2 then
    redis.call('SET', keys[1], 'p|' .. item[2], 'PX', ttl)
    if backlog then
      redis.call('HSET', keys[2], 'b:' .. item[7], 1)
      keep(keys[2], BACKLOG_MS)
    end
  elseif queueing == DRAINED and claim then
    redis.call('SET', keys[1], 'p|' .. item[2], 'PX', ttl)
  end
  if item[5] > 0 and queueing ~= WAITS then
    redis.call('ZREM', keys[3], item[1])
  end
  return {verdict, wait, ''}
end

-- A wait of 0 is leave to call.
local function go(claim_key, slot, attempt, watched)
  local wait = slot - now
  if wait <= AT_ONCE_US then
    wait = 0
  end
  local state = wait > 0 and 'w' or 'r'
  redis.call('SET', claim_key, table.concat({state, owner, whole(slot + lease), whole(slot), attempt}, '|'), 'PX', ttl)
  return {'go', wait, '', watched}
end

local function reserve(item, claim, keys)
  local id, attempt, _, weight, max_concurrent, windows, connector, queueing = unpack(item)
  local budget_key, places_key, breaker_key = keys[2], keys[3], keys[4]
  local fields = {'hold', 'b:' .. connector, 'li', 'lu', 'wl', 'il', 'kl'}
  for index = 0, #windows / 2 - 1 do
    fields[#fields + 1] = 'w' .. index
    fields[#fields + 1] = 'i' .. index
    fields[#fields + 1] = 'k' .. index
  end
  local stored = redis.call('HMGET', budget_key, unpack(fields))
  local slot = math.max(now, tonumber(stored[1] or 0))
  local lines = {}
  local function line(name, at, interval, tolerance)
    local reserved, weight_then = tonumber(stored[at + 1] or ''), tonumber(stored[at + 2] or '')
    local arrival = plausible(budget_key, 'w' .. name, tonumber(stored[at] or 0), reserved, weight_then, tolerance)
    arrival = rescaled(arrival, reserved, interval)
    lines[#lines + 1] = {name, arrival, interval}
    slot = math.max(slot, arrival - tolerance)
  end
  for index = 0, #windows / 2 - 1 do
    line(index, 8 + 3 * index, windows[2 * index + 1], windows[2 * index + 2])
  end
  if tonumber(stored[4] or 0) > now then
    line('l', 5, tonumber(stored[3]), 0)
  end

  local breaker = redis.call('HMGET', breaker_key, 'until', 'probe', 'probe_until', 'u:' .. connector, 'w', 'f:' .. connector)
  local open_until = near(breaker_key, 'until', tonumber(breaker[1] or 0), max_open_us)
  local unhealthy_until = near(breaker_key, 'u:' .. connector, tonumber(breaker[4] or 0), unhealthy_probe_us)
  if open_until > now then
    return refuse('open', open_until - now, item, claim, keys, true)
  end
  local probing = open_until > 0
  if probing and breaker[2] and breaker[2] ~= id and tonumber(breaker[3] or 0) > now then
    return refuse('open', math.min(tonumber(breaker[3]) - now, 1000000), item, claim, keys, true)
  end
  if unhealthy_until > now then
    return refuse('unhealthy', unhealthy_until - now, item, claim, keys, true)
  end
  if queueing == PARKS and stored[2] then
    return refuse('behind', slot - now, item, claim, keys, true)
  end
  if slot - now > (queueing == DRAINED and drain_horizon or horizon) then
    return refuse('later', slot - now, item, claim, keys, true)
  end
  if max_concurrent > 0 then
    redis.call('ZREMRANGEBYSCORE', places_key, '-inf', whole(now))
    if not redis.call('ZSCORE', places_key, id) and redis.call('ZCARD', places_key) >= max_concurrent then
      for _, far in ipairs(redis.call('ZRANGEBYSCORE', places_key, whole(now + 2 * (lease + horizon)), '+inf')) do
        redis.call('ZADD', places_key, whole(now + lease + horizon), far)
      end
      return {'busy', 50000, ''}
    end
    redis.call('ZADD', places_key, whole(now + lease + horizon), id)
    redis.call('PEXPIRE', places_key, ttl)
  end
  if probing then
    redis.call('HSET', breaker_key, 'probe', id, 'probe_until', whole(slot + probe_us))
  end
  if unhealthy_until > 0 then
    redis.call('HSET', breaker_key, 'u:' .. connector, whole(now + unhealthy_probe_us))
  end
  if #lines > 0 then
    local changes, last = {}, now
    for _, taken in ipairs(lines) do
      local name, arrival, interval = taken[1], math.max(taken[2], slot) + taken[3] * weight, taken[3]
      for _, value in ipairs({'w' .. name, whole(arrival), 'i' .. name, whole(interval), 'k' .. name, weight}) do
        changes[#changes + 1] = value
      end
      last = math.max(last, arrival)
    end
    redis.call('HSET', budget_key, unpack(changes))
    keep(budget_key, math.ceil((math.max(last, slot) - now) / 1000) + 60000)
  end
  return go(keys[1], slot, attempt, (breaker[1] or breaker[4] or breaker[5] or breaker[6]) and 1 or 0)
end

-- Whose slot has come asks once more: it was reserved before the upstream asked for quiet, or before its breaker opened.
local function overtaken_by_events(slot, keys)
  return slot - now <= AT_ONCE_US
    and (tonumber(redis.call('HGET', keys[2], 'hold') or 0) > now or tonumber(redis.call('HGET', keys[4], 'until') or 0) > now)
end

local answers = {}
for index, item in ipairs(items) do
  local keys = {KEYS[4 * index - 2], KEYS[4 * index - 1], KEYS[4 * index], KEYS[4 * index + 1]}
  local claim = redis.call('GET', keys[1])
  local answer
  if claim then
    local state = string.sub(claim, 1, 1)
    if state == 's' then
      answer = {'settled', 0, ''}
    elseif state == 'd' then
      answer = {'done', 0, string.sub(claim, 3)}
    elseif state == 'p' then
      if item[8] ~= DRAINED then
        answer = {'parked', 0, ''}
      end
    else
      local who, lease_until, slot, attempt = string.match(claim, '^[rw]|([^|]*)|(%d+)|(%d+)|(%d+)$')
      lease_until, slot, attempt = tonumber(lease_until), tonumber(slot), tonumber(attempt)
      if lease_until > now + 2 * (lease + horizon) then
        lease_until, slot = now + lease, math.min(slot, now)
        redis.call('SET', keys[1], table.concat({state, who, whole(lease_until), whole(slot), attempt}, '|'), 'PX', ttl)
      end
      if who == owner and attempt >= item[2] then
        if not overtaken_by_events(slot, keys) then
          answer = go(keys[1], slot, attempt, 1)
        end
      elseif who ~= owner and lease_until > now then
        answer = {'running', lease_until - now, ''}
      elseif who ~= owner and state == 'r' and not item[3] then
        -- The claim stays the other's: were it ours, asking again after a lost reply would answer 'go'.
        answer = {'unknown', 0, ''}
      end
    end
  elseif item[9] and not item[3] then
    answer = {'unknown', 0, ''}
  end
  answers[index] = answer or reserve(item, claim, keys)
end
return cmsgpack.pack(answers)
