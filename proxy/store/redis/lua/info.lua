-- What the server that holds our keys says of itself. ARGV: which part of it.

return redis.call('INFO', following())
