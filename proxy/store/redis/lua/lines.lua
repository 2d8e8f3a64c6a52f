-- Lines of the ledger, of one account or of all.
-- ARGV: account or '', the id after which ('' for the beginning), the id of the last ('+' for no end), how many.
-- Answers: lines as XRANGE tells them.

local account, after, last, limit = following(), following(), following(), following()
local from = '-'
if after ~= '' then
  from = '(' .. after
end
if account == '' then
  return redis.call('XRANGE', key('ledger'), from, last, 'COUNT', limit)
end
local found = {}
for at, line in ipairs(redis.call('XRANGE', key('lines', account), from, last, 'COUNT', limit)) do
  found[at] = redis.call('XRANGE', key('ledger'), line[1], line[1])[1]
end
return found
