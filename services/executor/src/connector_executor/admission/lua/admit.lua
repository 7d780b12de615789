-- Deduplication and budget in one step, for a batch of executions.
-- KEYS: for each execution its claim, its budget (hash), its budget's places (sorted set).
-- ARGV[1]: msgpack {owner, horizon_us, lease_us, ttl_ms, {{execution_id, attempt, repeatable, weight,
--          max_concurrent, {interval_us, tolerance_us, ...}}, ...}}
-- Answers msgpack {{verdict, wait_us, result}, ...}. Safe to send again: a claim remembers owner and attempt.
-- Claims: "r|owner|lease_until|slot|attempt" running, "d|result" done, "s" settled.
local owner, horizon, lease, ttl, items = unpack(cmsgpack.unpack(ARGV[1]))
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function whole(number)
  return string.format('%.0f', number)
end

local function reserve(item, claim_key, budget_key, places_key)
  local id, attempt, _, weight, max_concurrent, windows = unpack(item)
  local fields = {'hold'}
  for index = 1, #windows, 2 do
    fields[#fields + 1] = 'w' .. ((index - 1) / 2)
  end
  local stored = redis.call('HMGET', budget_key, unpack(fields))
  local slot = math.max(now, tonumber(stored[1] or 0) or 0)
  local arrivals = {}
  for index = 1, #windows, 2 do
    local arrival = tonumber(stored[(index + 1) / 2 + 1] or 0) or 0
    arrivals[#arrivals + 1] = arrival
    slot = math.max(slot, arrival - windows[index + 1])
  end
  if slot - now > horizon then
    return {'later', slot - now, ''}
  end
  if max_concurrent > 0 then
    redis.call('ZREMRANGEBYSCORE', places_key, '-inf', whole(now))
    if not redis.call('ZSCORE', places_key, id) and redis.call('ZCARD', places_key) >= max_concurrent then
      return {'busy', 50000, ''}
    end
    redis.call('ZADD', places_key, whole(now + lease + horizon), id)
    redis.call('PEXPIRE', places_key, ttl)
  end
  if #windows > 0 then
    local changes, last = {}, now
    for index = 1, #windows, 2 do
      local arrival = math.max(arrivals[(index + 1) / 2], slot) + windows[index] * weight
      changes[#changes + 1] = 'w' .. ((index - 1) / 2)
      changes[#changes + 1] = whole(arrival)
      last = math.max(last, arrival)
    end
    redis.call('HSET', budget_key, unpack(changes))
    local keep = math.ceil((math.max(last, slot) - now) / 1000) + 60000
    if redis.call('PTTL', budget_key) < keep then
      redis.call('PEXPIRE', budget_key, keep)
    end
  end
  local claim = table.concat({'r', owner, whole(slot + lease), whole(slot), attempt}, '|')
  redis.call('SET', claim_key, claim, 'PX', ttl)
  return {'go', slot - now, ''}
end

local answers = {}
for index, item in ipairs(items) do
  local claim_key, budget_key, places_key = KEYS[3 * index - 2], KEYS[3 * index - 1], KEYS[3 * index]
  local claim = redis.call('GET', claim_key)
  local answer
  if claim then
    local state = string.sub(claim, 1, 1)
    if state == 's' then
      answer = {'settled', 0, ''}
    elseif state == 'd' then
      answer = {'done', 0, string.sub(claim, 3)}
    else
      local who, lease_until, slot, attempt = string.match(claim, '^r|([^|]*)|(%d+)|(%d+)|(%d+)$')
      lease_until, slot, attempt = tonumber(lease_until), tonumber(slot), tonumber(attempt)
      if who == owner and attempt >= item[2] then
        answer = {'go', math.max(0, slot - now), ''}
      elseif who ~= owner and lease_until > now then
        answer = {'running', lease_until - now, ''}
      elseif who ~= owner and not item[3] then
        -- The claim stays the other's: were it ours, asking again after a lost reply would answer 'go'.
        answer = {'unknown', 0, ''}
      end
    end
  end
  answers[index] = answer or reserve(item, claim_key, budget_key, places_key)
end
return cmsgpack.pack(answers)
