-- They are in the dead letters: whoever brings them again finds no claim. What runs, is done or settled stays.
-- KEYS: claims. ARGV[1]: owner.
local ends_here = 'w|' .. ARGV[1] .. '!|'
for _, key in ipairs(KEYS) do
  local claim = redis.call('GET', key)
  if claim and (string.sub(claim, 1, 2) == 'p|' or string.sub(claim, 1, #ends_here) == ends_here) then
    redis.call('DEL', key)
  end
end
return #KEYS
