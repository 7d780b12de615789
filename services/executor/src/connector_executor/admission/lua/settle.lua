-- They have ended and their results are safely out: only a marker stays.
-- KEYS: for each execution its claim. Then for each row of `common` the markers of a workspace, which are at `first`.
-- ARGV[1]: msgpack {window_ms, refill, common {{first}, ...}, {{execution_id, position, which of the rows}, ...}}
-- `refill`: from the log of results; the first one found, which is the newest, stays.
local window, refill, common, items = unpack(cmsgpack.unpack(ARGV[1]))
local time = redis.call('TIME')
local now_ms = math.floor(time[1] * 1000 + time[2] / 1000)
for index, item in ipairs(items) do
  local base = KEYS[common[item[3]][1]]
  redis.call('DEL', KEYS[index])
  if not refill or not marker(base, item[1]) then
    mark(base, item[1], item[2], now_ms, window)
  end
end
for _, row in ipairs(common) do
  redis.call('PEXPIRE', KEYS[row[1]], 2 * window)
end
return #items
