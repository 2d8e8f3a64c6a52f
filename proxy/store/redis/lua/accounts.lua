-- Accounts, holds and lines: the twin of rules.py.

local OPEN, LAPSED, CLOSED = '0', '1', '2'
-- So long a closed hold answers as it did.
local REMEMBERED = '2592000000'

local function balance_of(account)
  local kept = redis.call('HMGET', key('account', account), 'granted', 'held', 'spent')
  return {
    granted = tonumber(kept[1] or '0'),
    held = tonumber(kept[2] or '0'),
    spent = tonumber(kept[3] or '0'),
  }
end

local function put_balance(account, balance)
  local new = redis.call('HSET', key('account', account), 'granted', int(balance.granted),
    'held', int(balance.held), 'spent', int(balance.spent))
  if new > 0 then
    redis.call('SADD', key('accounts'), account)
  end
end

local function room(balance, ceiling)
  local limit = balance.granted
  if ceiling ~= '' then
    limit = tonumber(ceiling)
  end
  return limit - balance.held - balance.spent
end

-- The account's own stream has the ids only, which stay in its order.
local function add_line(now, account, kind, amount, ref, note, shortfall)
  local id = redis.call('XADD', key('ledger'), '*', 'at', int(now), 'account', account, 'kind', kind,
    'amount', int(amount), 'ref', ref, 'note', note, 'shortfall', int(shortfall))
  redis.call('XADD', key('lines', account), id, '', '')
end

local function settle(hold, actual, note, now)
  local name = key('hold', hold)
  local kept = redis.call('HMGET', name, 'account', 'amount', 'ceiling', 'stage', 'taken', 'shortfall')
  local account, stage = kept[1], kept[4]
  if not account then
    return 0, actual
  end
  if stage == CLOSED then
    return tonumber(kept[5]), tonumber(kept[6])
  end
  local balance = balance_of(account)
  local set_aside = stage == OPEN and tonumber(kept[2]) or 0
  local taken = math.min(actual, set_aside + math.max(0, room(balance, kept[3])))
  if taken > set_aside then
    add_line(now, account, 'hold', taken - set_aside, hold, note, 0)
  end
  if actual > 0 then
    add_line(now, account, 'settle', taken, hold, note, actual - taken)
  end
  if set_aside > taken or actual == 0 then
    add_line(now, account, 'release', math.max(0, set_aside - taken), hold, note, 0)
  end
  balance.held = balance.held - set_aside
  balance.spent = balance.spent + taken
  put_balance(account, balance)
  redis.call('HSET', name, 'stage', CLOSED, 'taken', int(taken), 'shortfall', int(actual - taken))
  redis.call('PEXPIRE', name, REMEMBERED)
  redis.call('ZREM', key('holds'), hold)
  return taken, actual - taken
end
