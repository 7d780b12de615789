local function told_by(section, name)
  local found = redis.pcall('INFO', section)
  if type(found) ~= 'string' then
    return ''
  end
  local _, at = string.find(found, name .. ':', 1, true)
  return at and string.sub(found, at + 1, at + 40) or ''
end

-- The identity of the server's memory: another one after a restart, a failover or a restored copy. '' where it is not told.
local function server_id()
  return told_by('replication', 'master_replid')
end

-- The server's process; '' where it is not told.
local function run_id()
  return told_by('server', 'run_id')
end

-- Is the memory that was written in process `run` the same although its server has another identity? So it is when the first
-- replica attaches, and when the last one has been gone for long: then the server takes a new identity, and it tells none
-- that it had before. It does when it has followed another server, whose memory it has got.
local function continues(run, run_now)
  return run and run ~= '' and run == run_now and told_by('replication', 'master_replid2') == string.rep('0', 40)
end

-- Does the memory at `key` belong to `generation`, and to this server?
local function is_of(generation, key)
  local found = redis.call('HMGET', key, 'generation', 'server')
  return found[1] == generation and found[2] == server_id()
end

-- When the memory began, and by when everybody has claimed again what runs. What began in the future was begun before the
-- server's clock went back: it begins now.
local function begun(key, began_us, settled_us, now_us)
  if began_us <= now_us then
    return began_us, settled_us
  end
  local settled = math.max(0, settled_us - (began_us - now_us))
  redis.call('HSET', key, 'began_us', string.format('%.0f', now_us), 'settled_us', string.format('%.0f', settled))
  return now_us, settled
end
