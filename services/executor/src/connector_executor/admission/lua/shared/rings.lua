-- The rings of a budget: the moments of the last calls let go, for windows with a burst. A mark for every `grain`-th unit, so
-- many at most: "qG:n" units so far, "qG:t" the last moment, "qG:0" to "qG:129" the marks. Windows with the same grain
-- share a ring. "q": the sum of the grains in use, which are powers of two. Every call is noted in all of them. A limit that
-- changes needs to know what was let go before: its ring begins with what the others know.
local RING_MARKS = 128
local RING_SLOTS = RING_MARKS + 2

local function grain_of(units)
  local grain = 1
  while units / grain > RING_MARKS do
    grain = grain * 2
  end
  return grain
end

local function contains(grains, grain)
  return math.floor(grains / grain) % 2 == 1
end

local function put(changes, field, value)
  local size = #changes
  changes[size + 1], changes[size + 2] = field, value
end

-- What one ring knows, for another: exact when its grain is finer, else a little late.
local function bring_over_from(budget_key, source, grain)
  local from, to = 'q' .. source .. ':', 'q' .. grain .. ':'
  local fields = {from .. 'n', from .. 't'}
  for mark = 0, RING_SLOTS - 1 do
    fields[mark + 3] = from .. mark
  end
  local stored = redis.call('HMGET', budget_key, unpack(fields))
  local count = tonumber(stored[1] or 0)
  local newest, last = math.floor(count / source), math.floor(count / grain)
  local changes = {to .. 'n', stored[1] or 0, to .. 't', stored[2] or 0}
  for mark = math.max(1, last - RING_SLOTS + 1), last do
    local at = math.ceil(mark * grain / source)
    local moment = at > newest and stored[2] or at > newest - RING_SLOTS and stored[at % RING_SLOTS + 3]
    if moment then
      put(changes, to .. mark % RING_SLOTS, moment)
    end
  end
  redis.call('HSET', budget_key, unpack(changes))
end

-- A ring begins with what the others know. A coarser one knows more of the past, a finer one its moments exactly: it comes
-- after the other, and overwrites.
local function bring_over(budget_key, grains, grain)
  local one = 1
  while one * 2 <= grains do
    one = one * 2
  end
  while one > grain do
    if contains(grains, one) then
      bring_over_from(budget_key, one, grain)
    end
    one = one / 2
  end
  one = 1
  while one < grain do
    if contains(grains, one) then
      bring_over_from(budget_key, one, grain)
    end
    one = one * 2
  end
  redis.call('HSET', budget_key, 'q', grains + grain)
end

local function wanted_by(quotas)
  local grains = 0
  for index = 1, #quotas, 2 do
    local grain = grain_of(quotas[index])
    grains = contains(grains, grain) and grains or grains + grain
  end
  return grains
end

-- The grains in use, those that `quotas` need with them. Where none is in use, calls let go begin the first ones.
local function with_rings_of(budget_key, grains, quotas)
  if grains == 0 then
    return grains
  end
  for index = 1, #quotas, 2 do
    local grain = grain_of(quotas[index])
    if not contains(grains, grain) then
      bring_over(budget_key, grains, grain)
      grains = grains + grain
    end
  end
  return grains
end

-- How many units went through a ring, and when the last ones. Marks in the future were left before the server's clock went
-- back: they are of now, once, so that they are over after one span.
local function ring_state(budget_key, ring, now)
  local count, last = unpack(redis.call('HMGET', budget_key, ring .. 'n', ring .. 't'))
  if last and tonumber(last) > now then
    local fields = {ring .. 't'}
    for mark = 0, RING_SLOTS - 1 do
      fields[mark + 2] = ring .. mark
    end
    local changes = {}
    for index, moment in ipairs(redis.call('HMGET', budget_key, unpack(fields))) do
      if moment and tonumber(moment) > now then
        put(changes, fields[index], string.format('%.0f', now))
      end
    end
    redis.call('HSET', budget_key, unpack(changes))
    last = now
  end
  return tonumber(count or 0), last
end

-- When `weight` more units fit into `units` within any `span`; 0 when they do already, nil when nothing is known.
local function ring_free(budget_key, units, span, weight, now)
  local grain = grain_of(units)
  local ring = 'q' .. grain .. ':'
  local count, last = ring_state(budget_key, ring, now)
  local mark = math.ceil((count + weight - units) / grain)
  if mark < 1 then
    return count > 0 and 0 or nil
  end
  local at = mark * grain > count and last or redis.call('HGET', budget_key, ring .. mark % RING_SLOTS)
  return at and tonumber(at) + span or 0
end

local function note_in_ring(budget_key, grain, weight, now, changes)
  local ring, moment = 'q' .. grain .. ':', string.format('%.0f', now)
  local count = ring_state(budget_key, ring, now)
  local last = math.floor((count + weight) / grain)
  for mark = math.max(math.floor(count / grain) + 1, last - RING_SLOTS + 1), last do
    put(changes, ring .. mark % RING_SLOTS, moment)
  end
  put(changes, ring .. 'n', string.format('%.0f', count + weight))
  put(changes, ring .. 't', moment)
end

-- `weight` units are let go: what to write. The first ones begin the rings that the quotas need.
local function note_in_rings(budget_key, grains, quotas, weight, now, changes)
  if grains == 0 and #quotas > 0 then
    grains = wanted_by(quotas)
    put(changes, 'q', grains)
  end
  local grain = 1
  while grain <= grains do
    if contains(grains, grain) then
      note_in_ring(budget_key, grain, weight, now, changes)
    end
    grain = grain * 2
  end
end
