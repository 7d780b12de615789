-- Keep the outcome of each execution before it is published. The first one kept wins.
-- KEYS: for each execution its claim. Then for each row of `common` a budget's places and its workspace's markers, of which `first`
-- is the first. ARGV[1]: msgpack {ttl_ms, common {{first}, ...}, {{execution_id, result, which of the rows}, ...}}
-- Answers msgpack {{publish, result}, ...}: the outcome that stands; publish is false when it is settled.
local ttl, common, items = unpack(cmsgpack.unpack(ARGV[1]))
local answers = {}
for index, item in ipairs(items) do
  local claim_key, first = KEYS[index], common[item[3]][1]
  redis.call('ZREM', KEYS[first], item[1])
  local claim = redis.call('GET', claim_key)
  local state = claim and string.sub(claim, 1, 1)
  if state == 'd' then
    answers[index] = {true, string.sub(claim, 3)}
  elseif not claim and marker(KEYS[first + 1], item[1]) then
    answers[index] = {false, ''}
  else
    redis.call('SET', claim_key, 'd|' .. item[2], 'PX', ttl)
    answers[index] = {true, ''}
  end
end
return cmsgpack.pack(answers)
