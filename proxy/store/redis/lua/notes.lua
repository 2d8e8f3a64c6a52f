-- Notes: a key each, and for each topic the ends of what it has, so that a board needs no search.

local function put(name, value, lasts)
  redis.call('SET', key('note', name), value, 'PX', lasts)
  local topic, rest = string.match(name, '^([^:]*):(.*)$')
  if topic then
    local board, now = key('board', topic), math.floor(time() / 1000)
    redis.call('ZREMRANGEBYSCORE', board, '-inf', int(now))
    redis.call('ZADD', board, int(now + lasts), rest)
    if redis.call('PTTL', board) < tonumber(lasts) then
      redis.call('PEXPIRE', board, lasts)
    end
  end
end
