-- Markers: which executions have ended and where their results are, in some twenty bytes each. Part of the scripts that need it.
-- `base` is a key of the workspace; it lists the segments: msgpack {{number, shards, until_ms, since_ms}, ...}; the
-- last one is open (until_ms 0). A segment is so many small hashes, "<base><number>:<shard>", which the server keeps as packed lists: the field
-- is 64 bits of the id's digest, the value a byte for the time and as few bytes as hold the position, a whole number.
-- Full shards drop what is older than the window; if that is not enough, a segment with more shards is opened. Hence one
-- look for an id, or one more for each segment that was closed within the window.
local MARKERS_FULL, MARKERS_DENSE = 96, 72
local FIRST_SHARDS = 16
local AGES = 100
-- So many ages ago, or more, is in the future: an age is a byte, and the server's clock may have gone back since.
local YOUNGER = 200
local lists = {}

local function save_segments(base, list, window_ms)
  lists[base] = list
  redis.call('SET', base, cmsgpack.pack(list), 'PX', math.ceil(2 * window_ms))
end

local function segments(base)
  local list = lists[base]
  if not list then
    local stored = redis.call('GET', base)
    list = stored and cmsgpack.unpack(stored) or {}
    lists[base] = list
  end
  return list
end

local function digest(id)
  local hex = redis.sha1hex(id)
  local function number(from)
    return tonumber(string.sub(hex, from, from + 7), 16)
  end
  return number(1), struct.pack('>I4I4', number(9), number(17))
end

local function shard_key(base, segment, shard)
  return base .. segment[1] .. ':' .. shard % segment[2]
end

local function marker(base, id)
  local list = segments(base)
  if #list == 0 then
    return nil
  end
  local shard, field = digest(id)
  for index = #list, 1, -1 do
    local value = redis.call('HGET', shard_key(base, list[index], shard), field)
    if value then
      return value
    end
  end
end

-- The number that was packed into the value; 0 when it is not known.
local function position_in(value)
  local position = 0
  for index = 2, #value do
    position = position * 256 + string.byte(value, index)
  end
  return position
end

local function position_bytes(position)
  local bytes = ''
  while position > 0 do
    bytes = string.char(position % 256) .. bytes
    position = math.floor(position / 256)
  end
  return bytes
end

-- How many stay of those in the shard.
local function drop_old(key, age)
  local stored = redis.call('HGETALL', key)
  local old = {}
  for index = 1, #stored, 2 do
    local since = (age - string.byte(stored[index + 1], 1)) % 256
    if since > AGES and since < YOUNGER then
      old[#old + 1] = stored[index]
    end
  end
  if #old > 0 then
    redis.call('HDEL', key, unpack(old))
  end
  return #stored / 2 - #old
end

local function open_segment(base, now_ms, window_ms)
  local list, kept = segments(base), {}
  for _, segment in ipairs(list) do
    if segment[3] == 0 or segment[3] > now_ms then
      kept[#kept + 1] = segment
    end
  end
  local last = list[#list]
  local number, shards = 1, FIRST_SHARDS
  if last then
    -- What has filled within a fraction of the window has to grow by more.
    local fast = now_ms - last[4] < window_ms / 8
    number, shards = last[1] + 1, last[2] * (fast and 8 or 2)
    last[3] = now_ms + window_ms
  end
  kept[#kept + 1] = {number, shards, 0, now_ms}
  save_segments(base, kept, window_ms)
end

local function mark(base, id, position, now_ms, window_ms)
  local list = segments(base)
  if #list == 0 then
    open_segment(base, now_ms, window_ms)
    list = segments(base)
  elseif list[1][3] > 0 and list[1][3] < now_ms then
    table.remove(list, 1)
    save_segments(base, list, window_ms)
  end
  local shard, field = digest(id)
  local key = shard_key(base, list[#list], shard)
  local age = math.floor(now_ms * AGES / window_ms) % 256
  redis.call('HSET', key, field, string.char(age) .. position_bytes(position))
  redis.call('PEXPIRE', key, math.ceil(window_ms * 1.05))
  if redis.call('HLEN', key) > MARKERS_FULL and drop_old(key, age) > MARKERS_DENSE then
    open_segment(base, now_ms, window_ms)
  end
end
