-- What every script begins with: names of keys, the server's time, and whole numbers written out in full.
--
-- KEYS[1] is `{deployment}`, in braces: all keys of a deployment share its hash slot, so a script may touch any of them.
-- Numbers are doubles here: amounts stay below 2^53, where doubles count one by one.

local root = KEYS[1]

local function key(...)
  return root .. ':' .. table.concat({ ... }, ':')
end

-- Lua would write 1e+15.
local function int(number)
  return string.format('%.0f', number)
end

local function time()
  local told = redis.call('TIME')
  return tonumber(told[1]) * 1000000 + tonumber(told[2])
end

-- Reads ARGV from the left.
local place = 0

local function following()
  place = place + 1
  return ARGV[place]
end

local function number()
  return tonumber(following())
end
