-- Keep the outcome of each execution before it is published. The first one kept wins.
-- KEYS: for each execution its claim, its budget's places and its workspace's markers.
-- ARGV[1]: msgpack {ttl_ms, {{execution_id, result}, ...}}
-- Answers msgpack {{publish, result}, ...}: the outcome that stands; publish is false when it is settled.
local ttl, items = unpack(cmsgpack.unpack(ARGV[1]))
local answers = {}
for index, item in ipairs(items) do
  local claim_key, places_key = KEYS[3 * index - 2], KEYS[3 * index - 1]
  redis.call('ZREM', places_key, item[1])
  local claim = redis.call('GET', claim_key)
  local state = claim and string.sub(claim, 1, 1)
  if state == 'd' then
    answers[index] = {true, string.sub(claim, 3)}
  elseif not claim and marker(KEYS[3 * index], item[1]) then
    answers[index] = {false, ''}
  else
    redis.call('SET', claim_key, 'd|' .. item[2], 'PX', ttl)
    answers[index] = {true, ''}
  end
end
return cmsgpack.pack(answers)
