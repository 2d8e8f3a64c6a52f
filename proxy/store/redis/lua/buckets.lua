-- Limits: the twin of gcra.py. A bucket is `debt:at`, and gone when it is owed off.

local UNIT = 60000000
local LONGEST_DEBT = 60

-- What this script knows of each limit: read once, changed in thought, written at the end.
local debts, rates = {}, {}

local function debt_of(limit, per_minute, now)
  if debts[limit] == nil then
    local debt, at = string.match(redis.call('GET', key('limit', limit)) or '', '^(%d+):(%d+)$')
    if debt == nil then
      debts[limit] = 0
    else
      -- A minute and an hour are all that a debt can last; beyond, the product would lose its last digits.
      local passed = math.min(math.max(0, now - tonumber(at)), (LONGEST_DEBT + 1) * UNIT)
      debts[limit] = math.max(0, tonumber(debt) - passed * per_minute)
      if tonumber(at) > now then
        rates[limit] = per_minute
      end
    end
  end
  return debts[limit]
end

local function take(limit, per_minute, amount, now)
  local debt = debt_of(limit, per_minute, now)
  local cost = math.min(amount, per_minute) * UNIT
  if debt + cost > per_minute * UNIT then
    return false
  end
  debts[limit], rates[limit] = debt + cost, per_minute
  return true
end

local function correct(limit, per_minute, more, now)
  local debt = debt_of(limit, per_minute, now) + more * UNIT
  debts[limit] = math.max(0, math.min(debt, LONGEST_DEBT * per_minute * UNIT))
  rates[limit] = per_minute
end

local function write_buckets(now)
  for limit, per_minute in pairs(rates) do
    local name = key('limit', limit)
    if debts[limit] == 0 then
      redis.call('DEL', name)
    else
      local milliseconds = math.ceil(debts[limit] / per_minute / 1000) + 1
      redis.call('SET', name, int(debts[limit]) .. ':' .. int(now), 'PX', int(milliseconds))
    end
  end
end
