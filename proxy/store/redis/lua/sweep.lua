-- Release holds whose time has passed, and forget the places of rows that ended.
-- ARGV: how many holds, their note, milliseconds that rows are kept. Answers: how many it released.

local now = time()
local most, note, keep = following(), following(), number()

local lapsed = redis.call('ZRANGEBYSCORE', key('holds'), '-inf', int(now), 'LIMIT', 0, most)
for _, hold in ipairs(lapsed) do
  local kept = redis.call('HMGET', key('hold', hold), 'account', 'amount')
  local account, amount = kept[1], tonumber(kept[2])
  local balance = balance_of(account)
  balance.held = balance.held - amount
  put_balance(account, balance)
  add_line(now, account, 'release', amount, hold, note, 0)
  redis.call('HSET', key('hold', hold), 'stage', LAPSED)
  redis.call('PEXPIRE', key('hold', hold), REMEMBERED)
  redis.call('ZREM', key('holds'), hold)
end

local gone = string.format('%.6f', (now - keep * 1000) / 1000000)
redis.call('ZREMRANGEBYSCORE', key('rows'), '-inf', gone)
for _, team in ipairs(redis.call('SMEMBERS', key('teams'))) do
  redis.call('ZREMRANGEBYSCORE', key('rows', 'team', team), '-inf', gone)
end
return #lapsed
