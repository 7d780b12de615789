-- Deduplication, breaker and budget in one step, for a batch of executions.
-- KEYS[1]: the memory (see `join.lua`). Then for each execution its claim. Then for each row of `limits` its budget (hash), the
-- budget's places (sorted set), its breaker (hash) and its workspace's markers, of which `first` is the first.
-- ARGV[1]: msgpack {owner, generation, horizon_us, drain_horizon_us, lease_us, ttl_ms, reads_wait_us, probe_us, max_open_us, unhealthy_probe_us,
--   limits {{first, connector_id, weight, max_concurrent, {interval_us, tolerance_us, ...}, {units, span_us, ...}, towards}, ...},
--   {{execution_id, attempt, repeatable, queueing, doubtful, asked_at_ms, which of the limits}, ...}}
-- Answers msgpack {{verdict, wait_us, result, watched}, ...} (watched is 0 when the breaker knows nothing; for "settled" the wait
-- is the position of the result), or "lost" when the memory is of another generation or server.
-- Safe to send again: a claim remembers owner and attempt.
-- A moment further ahead than anything here reserves was written before the server's clock went back: it is moved near.
-- Claims: "w|owner|lease_until|slot|attempt" waiting for its slot, the same with "r" running, "p|attempt" parked, "d|result"
-- done; what is settled has a marker instead. An execution that waits for its slot asks again
-- when that has come; until then it has not been called, even if its executor dies.
-- A budget counts twice: "wN" until when window N is reserved, "cN" until when calls that were let go have used it up. A slot that
-- has passed admits no call: after a pause of ours many have passed at once. "cN" lets one go, or it reserves again.
-- Each call takes its own connector's interval of both. "o:connector" are the intervals that one had: only when they are
-- others now, its limit has changed, and what is reserved and used is brought over. "iN" and "gN" are those of the last ones to
-- reserve and to be let go: connectors with other limits share a budget without changing what the others have taken of it.
-- What an upstream has said is in fields that end in `towards`, see `BudgetSpec`: it holds for whom it was said by.
local owner, generation, horizon, drain_horizon, lease, ttl, reads_wait, probe_us, max_open_us, unhealthy_probe_us, limits, items = unpack(cmsgpack.unpack(ARGV[1]))
local memory = redis.call('HMGET', KEYS[1], 'generation', 'server', 'ready', 'since_ms', 'began_us', 'settled_us', 'lost')
if memory[1] ~= generation or memory[2] ~= server_id() then
  return cmsgpack.pack('lost')
end
local recovering, since_ms, settled_us = memory[3] ~= '1', tonumber(memory[4] or 0), tonumber(memory[6] or 0)
local began_us = tonumber(memory[5] or 0)
local RECOVERING_US = 100000
local WAITS, PARKS, DRAINED, ENDS, FAILS = 0, 1, 3, 4, 5
local BACKLOG_MS = 86400000
local AT_ONCE_US = 2000
-- When it is worth while to ask again about what is being ended: it calls nobody, and is soon done.
local ENDING_US = 500000
-- How much nearer than their interval two calls may be let go, because one of them came late from its timer.
local JITTER_US = 100000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
began_us, settled_us = begun(KEYS[1], began_us, settled_us, now)
-- From when on the budgets of a memory that was lost count: nobody knows how much of them was spent.
local spent_at = memory[7] == '1' and began_us

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

-- What was reserved under another interval keeps its number of calls, not its time; but a limit that is lowered does not
-- wait for all those slots: who comes to his too early, by what was let go, reserves again.
local function rescaled(arrival, old, interval, most)
  if not old or old == interval or arrival <= now then
    return arrival
  end
  return now + math.min((arrival - now) * interval / old, most)
end

-- What was let go under another interval: the last unit keeps its moment, those that are ahead of it their number. Where
-- somebody else was let go last, under `last_interval`, nothing is given back, and a lower limit counts from that call.
local function regranted(used, old, interval, most, last_interval)
  if not old or old == interval then
    return used
  end
  if last_interval ~= old then
    return math.max(used, math.min(used - last_interval + interval, now + most))
  end
  local last = used - old
  if last > now then
    last = now + (last - now) * interval / old
  end
  return math.min(last + interval, now + most)
end

-- Limits that are none, of which nothing was known when the last one of this batch was let go: the next need not look again.
local unlimited = {}

local function refuse(verdict, wait, item, claim, keys, backlog)
  local queueing = item[8]
  if backlog then
    unlimited = {}
  end
  if queueing == PARKS or queueing == 2 then
    redis.call('SET', keys[1], 'p|' .. item[2], 'PX', ttl)
    if backlog then
      redis.call('HSET', keys[2], 'b:' .. item[7], 1)
      keep(keys[2], BACKLOG_MS)
    end
  elseif queueing == DRAINED and claim then
    redis.call('SET', keys[1], 'p|' .. item[2], 'PX', ttl)
  elseif claim then
    -- Whoever waits is told, and nobody comes back for it.
    redis.call('DEL', keys[1])
  end
  if item[5] > 0 then
    redis.call('ZREM', keys[3], item[1])
  end
  if claim and string.sub(claim, 1, 1) == 'w' then
    give_probe_back(keys[4], item[7], item[1], now)
  elseif claim and redis.call('HGET', keys[4], 'probe') == item[1] then
    redis.call('HDEL', keys[4], 'probe', 'probe_until')
  end
  return {verdict, wait, ''}
end

-- A wait of 0: call now.
local function go(claim_key, slot, attempt, watched)
  local wait = slot - now
  if wait <= AT_ONCE_US then
    wait = 0
  end
  local state = wait > 0 and 'w' or 'r'
  redis.call('SET', claim_key, table.concat({state, owner, whole(slot + lease), whole(slot), attempt}, '|'), 'PX', ttl)
  return {'go', wait, '', watched}
end

local fields_by_item = {}
local function fields_of(windows, towards)
  local named = windows .. towards
  local fields = fields_by_item[named]
  if not fields then
    fields = {'hold' .. towards, 'li' .. towards, 'lu' .. towards, 'wl', 'il', 'kl', 'cl', 'gl', 'q', 'hold_at' .. towards}
    for index = 0, windows - 1 do
      for _, field in ipairs({'w', 'i', 'k', 'c', 'g'}) do
        fields[#fields + 1] = field .. index
      end
    end
    fields_by_item[named] = fields
  end
  return fields
end

local texts = {}
local function intervals_of(windows)
  local text = texts[windows]
  if not text then
    local found = {}
    for index = 1, #windows, 2 do
      found[#found + 1] = whole(windows[index])
    end
    text = table.concat(found, ',')
    texts[windows] = text
  end
  return text
end

-- What is known of a budget: its hold, whether there is a backlog, its windows, `slot`: the next one that is not reserved,
-- `free`: from when on another call may be let go, and `regular`: from when on without a share in the jitter.
local function budget_of(item, budget_key)
  local weight, windows, quotas, towards = item[4], item[6], item[10], item[13]
  local own = 'o:' .. item[7]
  local stored = redis.call('HMGET', budget_key, 'b:' .. item[7], own, unpack(fields_of(#windows / 2, towards)))
  local hold, told_at = tonumber(stored[3] or 0), tonumber(stored[12] or 0)
  if told_at > now then
    hold = hold - (told_at - now)
    redis.call('HSET', budget_key, 'hold' .. towards, whole(hold), 'hold_at' .. towards, whole(now))
  end
  local budget = {hold = hold, backlogged = stored[1], lines = {}, slot = now, free = now, regular = now}
  -- Under which intervals this connector was let go last. Others may have others at the same time, and each uses up its own.
  local intervals = intervals_of(windows)
  local before = stored[2] or intervals
  if (stored[2] or '') ~= intervals then
    budget.own, budget.intervals = own, intervals
  end
  local next_before = string.gmatch(before, '%d+')
  local function line(name, at, interval, tolerance, old)
    local reserved, weight_then = tonumber(stored[at + 1] or ''), tonumber(stored[at + 2] or '')
    local granted = tonumber(stored[at + 4] or '') or reserved
    local heavier = math.max(weight, weight_then or 1)
    local spent = spent_at and spent_at + tolerance or 0
    local arrival = plausible(budget_key, 'w' .. name, tonumber(stored[at] or spent), reserved, weight_then, tolerance)
    arrival = rescaled(arrival, old, interval, horizon + tolerance + interval * heavier)
    local used = tonumber(stored[at + 3] or spent)
    used = near(budget_key, 'c' .. name, used, tolerance + JITTER_US + (granted or interval) * heavier)
    used = regranted(used, old, interval, tolerance + JITTER_US + interval * heavier, granted or old)
    -- A call that weighs more needs more room in the burst.
    local room = math.max(tolerance - (weight - 1) * interval, 0)
    budget.lines[#budget.lines + 1] = {
      name = name, arrival = arrival, used = used, interval = interval, old = old, reserved = reserved, granted = granted, weight = weight_then,
    }
    budget.slot = math.max(budget.slot, arrival - room)
    budget.free = math.max(budget.free, used - room - JITTER_US)
    budget.regular = math.max(budget.regular, used - room)
  end
  for index = 0, #windows / 2 - 1 do
    line(index, 13 + 5 * index, windows[2 * index + 1], windows[2 * index + 2], tonumber(next_before() or ''))
  end
  if tonumber(stored[5] or 0) > now then
    line('l', 6, tonumber(stored[4]), 0, tonumber(stored[7] or ''))
  end
  budget.grains = with_rings_of(budget_key, tonumber(stored[11] or 0), quotas)
  for index = 1, #quotas, 2 do
    local units, span = quotas[index], quotas[index + 1]
    local free = ring_free(budget_key, units, span, weight, now)
    if not free then
      free = spent_at and span <= horizon and spent_at + span or 0
    end
    budget.free = math.max(budget.free, free)
  end
  budget.regular = math.max(budget.regular, budget.free)
  return budget
end

-- Lines whose interval is another one now, as they are under it.
local function rescaled_lines(budget)
  local changes = {}
  for _, line in ipairs(budget.lines) do
    if line.old and line.interval ~= line.old then
      put(changes, 'w' .. line.name, whole(line.arrival))
      put(changes, 'c' .. line.name, whole(line.used))
      put(changes, 'g' .. line.name, whole(line.interval))
    end
    if line.interval ~= line.reserved then
      put(changes, 'i' .. line.name, whole(line.interval))
    end
  end
  if budget.own and #budget.lines > 0 then
    put(changes, budget.own, budget.intervals)
  end
  return changes
end

-- One more call is let go: what to write into its budget.
local function used_up(item, budget_key, budget, changes)
  for _, line in ipairs(budget.lines) do
    put(changes, 'c' .. line.name, whole(math.max(line.used, now) + line.interval * item[4]))
    if line.granted ~= line.interval then
      put(changes, 'g' .. line.name, whole(line.interval))
    end
  end
  note_in_rings(budget_key, budget.grains, item[10], item[4], now, changes)
end

local function write_budget(budget_key, changes, until_us)
  if #changes > 0 then
    unlimited = {}
    redis.call('HSET', budget_key, unpack(changes))
    keep(budget_key, math.ceil((until_us - now) / 1000) + 60000)
  end
end

-- Rings have to outlive their window.
local function longest(item)
  local span = 0
  for index = 2, #item[10], 2 do
    span = math.max(span, item[10][index])
  end
  return now + span
end

local function reserve(item, claim, keys)
  local id, attempt, _, weight, max_concurrent, _, connector, queueing = unpack(item)
  local budget_key, places_key, breaker_key = keys[2], keys[3], keys[4]
  if unlimited[item[12]] then
    return go(keys[1], now, attempt, 0)
  end
  local budget = budget_of(item, budget_key)
  local slot = math.max(budget.slot, budget.hold)
  if budget.free - now > AT_ONCE_US then
    slot = math.max(slot, budget.regular)
  end

  local breaker = redis.call('HMGET', breaker_key, 'until', 'probe', 'probe_until', 'u:' .. connector, 'w', 'f:' .. connector)
  local open_until = near(breaker_key, 'until', tonumber(breaker[1] or 0), max_open_us)
  local unhealthy_until = near(breaker_key, 'u:' .. connector, tonumber(breaker[4] or 0), unhealthy_probe_us)
  if open_until > now then
    return refuse('open', open_until - now, item, claim, keys, true)
  end
  local probing = open_until > 0
  if probing and breaker[2] and breaker[2] ~= id then
    local probe_until = near(breaker_key, 'probe_until', tonumber(breaker[3] or 0), horizon + probe_us)
    if probe_until > now then
      return refuse('open', math.min(probe_until - now, 1000000), item, claim, keys, true)
    end
  end
  if unhealthy_until > now then
    return refuse('unhealthy', unhealthy_until - now, item, claim, keys, true)
  end
  if queueing == PARKS and budget.backlogged then
    return refuse('behind', slot - now, item, claim, keys, true)
  end
  if slot - now > (queueing == DRAINED and drain_horizon or horizon) then
    local quiet = budget.hold == slot
    return refuse(quiet and 'held' or 'later', slot - now, item, claim, keys, true)
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
    redis.call('HSET', breaker_key, 'u:' .. connector, whole(now + unhealthy_probe_us), 'q:' .. connector, id)
  end
  local changes, last = rescaled_lines(budget), slot
  for _, line in ipairs(budget.lines) do
    local arrival = math.max(line.arrival, slot) + line.interval * weight
    put(changes, 'w' .. line.name, whole(arrival))
    if weight ~= line.weight then
      put(changes, 'k' .. line.name, weight)
    end
    last = math.max(last, arrival)
  end
  if slot - now <= AT_ONCE_US then
    used_up(item, budget_key, budget, changes)
  end
  write_budget(budget_key, changes, math.max(last, longest(item)))
  local watched = (breaker[1] or breaker[4] or breaker[5] or breaker[6]) and 1 or 0
  if watched == 0 and max_concurrent == 0 and #budget.lines + #item[10] + budget.hold + budget.grains == 0 and not budget.backlogged then
    unlimited[item[12]] = true
  end
  return go(keys[1], slot, attempt, watched)
end

-- Its slot has come, or it was let go and the answer may have been lost. Since then the upstream may have asked for quiet, the
-- breaker may have opened, and so much time may have passed that others were let go in its place: then it reserves again.
local function confirm(item, claim, keys, state, slot, attempt)
  local budget = budget_of(item, keys[2])
  local stopped = budget.hold > now or tonumber(redis.call('HGET', keys[4], 'until') or 0) > now
  if not stopped and state == 'r' and now - slot <= JITTER_US then
    return go(keys[1], slot, attempt, 1)
  end
  if stopped or budget.free - now > AT_ONCE_US then
    give_probe_back(keys[4], item[7], item[1], now)
    return reserve(item, claim, keys)
  end
  local changes = rescaled_lines(budget)
  used_up(item, keys[2], budget, changes)
  write_budget(keys[2], changes, longest(item))
  return go(keys[1], now, attempt, 1)
end

-- Not to be called any more: it waits for its outcome now, and needs neither slot nor place. The claim is not that of the
-- owner's calls: its record may come again to this very process, which must not call it either.
local ender = owner .. '!'
local function reserve_end(item, keys)
  redis.call('SET', keys[1], table.concat({'w', ender, whole(now + lease), whole(now), item[2]}, '|'), 'PX', ttl)
  return {'go', 0, ''}
end

-- Who would start what somebody else may have started: it waits while it is not known what has ended, and what was handed
-- out under a memory that is lost may have been called since.
local function doubted(item, state)
  local repeatable, doubtful = item[3], item[9]
  if recovering then
    return {'recovering', RECOVERING_US, ''}
  end
  if not repeatable and (doubtful or state == 'r') then
    return {'unknown', 0, ''}
  end
end

local function claimed(item, claim, keys)
  local state = string.sub(claim, 1, 1)
  if state == 'd' then
    return {'done', 0, string.sub(claim, 3)}
  end
  if state == 'p' then
    if item[8] ~= DRAINED and item[8] ~= ENDS then
      return {'parked', 0, ''}
    end
    return doubted(item, state)
  end
  local who, lease_until, slot, attempt = string.match(claim, '^[rw]|([^|]*)|(%d+)|(%d+)|(%d+)$')
  lease_until, slot, attempt = tonumber(lease_until), tonumber(slot), tonumber(attempt)
  if lease_until > now + 2 * (lease + horizon) then
    lease_until, slot = now + lease, math.min(slot, now)
    redis.call('SET', keys[1], table.concat({state, who, whole(lease_until), whole(slot), attempt}, '|'), 'PX', ttl)
  end
  if item[8] == ENDS or item[8] == FAILS then
    if lease_until > now and who ~= ender then
      return {'running', lease_until - now, ''}
    end
    return doubted(item, state)
  end
  if who ~= owner then
    if lease_until > now then
      local is_ending = string.sub(who, -1) == '!'
      return {'running', is_ending and math.min(lease_until - now, ENDING_US) or lease_until - now, ''}
    end
    -- The claim stays the other's: were it ours, asking again after a lost reply would answer 'go'.
    return doubted(item, state)
  end
  if attempt >= item[2] then
    return slot - now > AT_ONCE_US and go(keys[1], slot, attempt, 1) or confirm(item, claim, keys, state, slot, attempt)
  end
end

-- Nobody holds it. It may have ended, and as long as that is not known again only what may be repeated starts; nor that
-- at first, since it would have a second outcome.
local function unclaimed(item, keys)
  local found = marker(keys[5], item[1])
  if found then
    return {'settled', position_in(found), ''}
  end
  local repeatable, doubtful = item[3], item[9]
  -- What was asked for before the memory began may be a repeat of what has ended.
  local asked_before = item[11] > 0 and item[11] * 1000 < began_us
  local waits = doubtful or asked_before or not repeatable or now < began_us + reads_wait
  if recovering and waits or now < settled_us and item[5] > 0 then
    return {'recovering', RECOVERING_US, ''}
  end
  if not repeatable and (doubtful or item[11] > 0 and item[11] < since_ms) then
    return {'unknown', 0, ''}
  end
end

local answers = {}
for index, asked in ipairs(items) do
  local id, attempt, repeatable, queueing, doubtful, asked_at_ms, which = unpack(asked)
  local first, connector, weight, max_concurrent, windows, quotas, towards = unpack(limits[which])
  local item = {id, attempt, repeatable, weight, max_concurrent, windows, connector, queueing, doubtful, quotas, asked_at_ms, which, towards}
  local keys = {KEYS[index + 1], KEYS[first], KEYS[first + 1], KEYS[first + 2], KEYS[first + 3]}
  local claim = redis.call('GET', keys[1])
  local answer
  if claim then
    answer = claimed(item, claim, keys)
  else
    answer = unclaimed(item, keys)
  end
  answers[index] = answer or ((item[8] == ENDS or item[8] == FAILS) and reserve_end(item, keys)) or reserve(item, claim, keys)
end
return cmsgpack.pack(answers)
