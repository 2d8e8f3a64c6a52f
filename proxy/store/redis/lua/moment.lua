-- Every account and the last line, at one moment. Answers: the last line's id or '', and name, granted, held and spent of
-- each account in turn, then what its open holds come to.

local last = redis.call('XREVRANGE', key('ledger'), '+', '-', 'COUNT', 1)[1]
local open = {}
for _, hold in ipairs(redis.call('ZRANGE', key('holds'), 0, -1)) do
  local kept = redis.call('HMGET', key('hold', hold), 'account', 'amount')
  open[kept[1]] = (open[kept[1]] or 0) + tonumber(kept[2])
end
local told = {}
for _, account in ipairs(redis.call('SMEMBERS', key('accounts'))) do
  local balance = balance_of(account)
  told[#told + 1] = { account, balance.granted, balance.held, balance.spent, open[account] or 0 }
end
return { last and last[1] or '', told }
