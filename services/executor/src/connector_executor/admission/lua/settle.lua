-- They have ended and their results are safely out: only a marker stays.
-- KEYS: for each execution its claim and its workspace's markers. ARGV[1]: msgpack {window_ms, refill, {{execution_id, position}, ...}}
-- `refill`: from the log of results; the first one found, which is the newest, stays.
local window, refill, items = unpack(cmsgpack.unpack(ARGV[1]))
local time = redis.call('TIME')
local now_ms = math.floor(time[1] * 1000 + time[2] / 1000)
for index, item in ipairs(items) do
  local base = KEYS[2 * index]
  redis.call('DEL', KEYS[2 * index - 1])
  if not refill or not marker(base, item[1]) then
    mark(base, item[1], item[2], now_ms, window)
  end
end
local kept = {}
for index = 2, #KEYS, 2 do
  if not kept[KEYS[index]] then
    kept[KEYS[index]] = true
    redis.call('PEXPIRE', KEYS[index], 2 * window)
  end
end
return #items
