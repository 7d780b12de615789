-- They did not start: forget the claims that are ours, give the places back.
-- KEYS: for each execution its claim and its budget's places. ARGV: owner, then the execution ids.
local owned = '|' .. ARGV[1] .. '|'
for index = 1, #KEYS, 2 do
  local claim = redis.call('GET', KEYS[index])
  if claim and string.sub(claim, 2, #owned + 1) == owned then
    redis.call('DEL', KEYS[index])
    redis.call('ZREM', KEYS[index + 1], ARGV[(index + 1) / 2 + 1])
  end
end
return #KEYS
