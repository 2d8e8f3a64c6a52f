-- Add to what an account may spend, once for each ref.
-- ARGV: account, amount, ref, note, the largest amount. Answers: granted, held and spent, or nothing where it is refused.

local now = time()
local account, amount, ref, note, most = following(), number(), following(), following(), number()
local balance = balance_of(account)
if redis.call('SISMEMBER', key('grants', account), ref) == 0 then
  local granted = balance.granted + amount
  if granted > most or granted < balance.held + balance.spent then
    return {}
  end
  balance.granted = granted
  put_balance(account, balance)
  redis.call('SADD', key('grants', account), ref)
  add_line(now, account, 'grant', amount, ref, note, 0)
end
return { balance.granted, balance.held, balance.spent }
