-- An upstream said something about its limit. A hold is never shortened; "hold_at" is when it was told.
-- KEYS[1]: budget. ARGV: hold_us (below 0: it gave no time), interval_us (0: nothing learned), learned_ttl_us, source,
-- own_interval_us (of the strictest window of ours, 0 without one), towards (see `BudgetSpec`; part of every field's name).
-- Without a time the hold doubles with each time in a row, from a second to a minute, and calls move half as far apart
-- again for a minute: the quota is lower than ours, but nobody says by how much.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local hold, interval, learned_ttl, source, own = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local towards = ARGV[6]
local MINUTE = 60000000

local function whole(number)
  return string.format('%.0f', number)
end

local function of_it(field)
  return field .. towards
end

local stored = redis.call('HMGET', KEYS[1], of_it('hold'), of_it('row'), of_it('row_at'), of_it('li'), of_it('lu'), of_it('hold_at'))
local held = tonumber(stored[1] or 0)
-- What was told in the future was told before the server's clock went back.
held = held - math.max(0, tonumber(stored[6] or 0) - now)
local changes = {}
if hold < 0 then
  -- Several calls in flight may be refused at once; that is one time.
  local row = (tonumber(stored[3] or 0) > now - MINUTE) and tonumber(stored[2] or 0) or 0
  if held > now then
    hold = 0
  else
    hold = math.min(1000000 * 2 ^ row, MINUTE)
    changes = {of_it('row'), row + 1, of_it('row_at'), whole(now + hold)}
    local known = (tonumber(stored[5] or 0) > now) and tonumber(stored[4] or 0) or own
    if known > 0 and interval == 0 then
      interval, learned_ttl = known * 1.5, MINUTE
    end
  end
end
if now + hold > held and hold > 0 then
  for _, value in ipairs({of_it('hold'), whole(now + hold), of_it('hold_at'), whole(now), of_it('hold_source'), source}) do
    changes[#changes + 1] = value
  end
end
if interval > 0 then
  for _, value in ipairs({of_it('li'), whole(interval), of_it('lu'), whole(now + learned_ttl), of_it('learned_source'), source}) do
    changes[#changes + 1] = value
  end
end
if #changes > 0 then
  redis.call('HSET', KEYS[1], unpack(changes))
  local ms = math.ceil(math.max(hold, learned_ttl, MINUTE) / 1000) + 60000
  if redis.call('PTTL', KEYS[1]) < ms then
    redis.call('PEXPIRE', KEYS[1], ms)
  end
end
return 1
