-- They did not start: forget the claims that are ours, give places and probes back.
-- KEYS: for each execution its claim, its budget's places and its breaker. ARGV: owner, then execution and connector id of each.
local owned = '|' .. ARGV[1] .. '|'
local time = redis.call('TIME')
for index = 1, #KEYS, 3 do
  local claim, breaker = redis.call('GET', KEYS[index]), KEYS[index + 2]
  if claim and string.sub(claim, 2, #owned + 1) == owned then
    local at = 2 * (index - 1) / 3 + 2
    local id, connector = ARGV[at], ARGV[at + 1]
    redis.call('DEL', KEYS[index])
    redis.call('ZREM', KEYS[index + 1], id)
    give_probe_back(breaker, connector, id, time[1] * 1000000 + time[2])
  end
end
return #KEYS
