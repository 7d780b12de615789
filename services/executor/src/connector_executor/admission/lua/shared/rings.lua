-- The rings of a budget: the moments of the last calls let go, for windows with a burst. A mark for every `grain`-th unit, so
-- many at most: "qG:n" units so far, "qG:t" the last moment, "qG:0" to "qG:129" the marks. Windows with the same grain
-- share a ring. "q": the sum of the grains in use, which are powers of two. Every call is noted in all of them: connectors
-- that share a budget may have other limits, and a limit that changes needs to know what was let go before.
local RING_MARKS = 128

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

-- The ring to begin another one from: what it knows is exact when its grain is finer, else a little late.
local function nearest(grains, grain)
  local found, one = nil, 1
  while one <= grains do
    if contains(grains, one) and (not found or one <= grain) then
      found = one
    end
    one = one * 2
  end
  return found
end

local function bring_over(budget_key, grains, grain)
  local source = nearest(grains, grain)
  local from, to = 'q' .. source .. ':', 'q' .. grain .. ':'
  local fields = {from .. 'n', from .. 't'}
  for mark = 0, RING_MARKS + 1 do
    fields[mark + 3] = from .. mark
  end
  local stored = redis.call('HMGET', budget_key, unpack(fields))
  local count = tonumber(stored[1] or 0)
  local newest, last = math.floor(count / source), math.floor(count / grain)
  local changes = {'q', grains + grain, to .. 'n', stored[1] or 0, to .. 't', stored[2] or 0}
  for mark = math.max(1, last - RING_MARKS - 1), last do
    local at = math.ceil(mark * grain / source)
    local moment = at > newest and stored[2] or at > newest - RING_MARKS - 2 and stored[at % (RING_MARKS + 2) + 3]
    if moment then
      put(changes, to .. mark % (RING_MARKS + 2), moment)
    end
  end
  redis.call('HSET', budget_key, unpack(changes))
end

-- The grains in use, the one for so many `units` with them. Where none is in use, calls let go begin the first ones.
local function with_ring_of(budget_key, grains, units)
  local grain = grain_of(units)
  if grains == 0 or contains(grains, grain) then
    return grains
  end
  bring_over(budget_key, grains, grain)
  return grains + grain
end

-- When `weight` more units fit into `units` within any `span`; 0 when they do already, nil when nothing is known.
local function ring_free(budget_key, units, span, weight, now)
  local grain = grain_of(units)
  local ring = 'q' .. grain .. ':'
  local count, last = unpack(redis.call('HMGET', budget_key, ring .. 'n', ring .. 't'))
  count = tonumber(count or 0)
  local mark = math.ceil((count + weight - units) / grain)
  if mark < 1 then
    return count > 0 and 0 or nil
  end
  local at = mark * grain > count and last or redis.call('HGET', budget_key, ring .. mark % (RING_MARKS + 2))
  return at and math.min(tonumber(at), now) + span or 0
end

local function note_in_ring(budget_key, grain, weight, now, changes)
  local ring, moment = 'q' .. grain .. ':', string.format('%.0f', now)
  local count = tonumber(redis.call('HGET', budget_key, ring .. 'n') or 0)
  for mark = math.floor(count / grain) + 1, math.floor((count + weight) / grain) do
    put(changes, ring .. mark % (RING_MARKS + 2), moment)
  end
  put(changes, ring .. 'n', string.format('%.0f', count + weight))
  put(changes, ring .. 't', moment)
end

-- `weight` units are let go: what to write. The first ones begin the rings that the quotas need.
local function note_in_rings(budget_key, grains, quotas, weight, now, changes)
  if grains == 0 and #quotas > 0 then
    for index = 1, #quotas, 2 do
      local grain = grain_of(quotas[index])
      grains = contains(grains, grain) and grains or grains + grain
    end
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
