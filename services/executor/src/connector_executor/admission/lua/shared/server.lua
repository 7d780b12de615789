-- The identity of the server's memory: another one after a restart, a failover or a restored copy. '' where it is not told.
local function server_id()
  local found = redis.pcall('INFO', 'replication')
  if type(found) ~= 'string' then
    return ''
  end
  local _, at = string.find(found, 'master_replid:', 1, true)
  return at and string.sub(found, at + 1, at + 40) or ''
end

-- Does the memory at `key` belong to `generation`, and to this server?
local function is_of(generation, key)
  local found = redis.call('HMGET', key, 'generation', 'server')
  return found[1] == generation and found[2] == server_id()
end
