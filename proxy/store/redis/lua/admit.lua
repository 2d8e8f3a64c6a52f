-- Take every want and hold, or nothing.
-- ARGV: wants (limit, per_minute, amount), spare ones alike, holds (id, account, amount, microseconds, ceiling or ''),
-- each list after its length.
-- Answers: {'granted', debts, places of the spare ones that had too little}, {'limited', debts as they stand, places of
-- the wants that had too little, their debts}, or {'short', account, remaining}.

local now = time()

local function wants()
  local list = {}
  for at = 1, number() do
    list[at] = { limit = following(), per_minute = number(), amount = number() }
  end
  return list
end

local function debts_of(list)
  local told = {}
  for at, want in ipairs(list) do
    told[at] = debt_of(want.limit, want.per_minute, now)
  end
  return told
end

local asked, spare, holds, known = wants(), wants(), {}, 0
local count = number()
local seen = {}
for _ = 1, count do
  local hold = { id = following(), account = following(), amount = number(), lasts = number(), ceiling = following() }
  if redis.call('EXISTS', key('hold', hold.id)) == 1 then
    known = known + 1
  elseif seen[hold.id] == nil then
    seen[hold.id] = true
    holds[#holds + 1] = hold
  end
end

if count > 0 and known == count then
  return { 'granted', debts_of(asked), {} }
end

local lacking, lacked = {}, {}
for at, want in ipairs(asked) do
  if not take(want.limit, want.per_minute, want.amount, now) then
    lacking[#lacking + 1] = at
  end
end
if #lacking > 0 then
  for at, which in ipairs(lacking) do
    lacked[at] = debt_of(asked[which].limit, asked[which].per_minute, now)
  end
  debts, rates = {}, {}
  local standing = debts_of(asked)
  -- Nothing was taken; what is written here is only a record from before the clock was set back.
  write_buckets(now)
  return { 'limited', standing, lacking, lacked }
end

local balances = {}
for _, hold in ipairs(holds) do
  local balance = balances[hold.account] or balance_of(hold.account)
  balances[hold.account] = balance
  local left = room(balance, hold.ceiling)
  if hold.amount > left then
    return { 'short', hold.account, math.max(0, left) }
  end
  balance.held = balance.held + hold.amount
end

local short = {}
for at, want in ipairs(spare) do
  if not take(want.limit, want.per_minute, want.amount, now) then
    short[#short + 1] = at
  end
end
write_buckets(now)
for account, balance in pairs(balances) do
  put_balance(account, balance)
end
for _, hold in ipairs(holds) do
  redis.call('HSET', key('hold', hold.id), 'account', hold.account, 'amount', int(hold.amount),
    'ceiling', hold.ceiling, 'stage', OPEN, 'taken', '0', 'shortfall', '0')
  redis.call('ZADD', key('holds'), int(now + hold.lasts), hold.id)
  add_line(now, hold.account, 'hold', hold.amount, hold.id, '', 0)
end
return { 'granted', debts_of(asked), short }
