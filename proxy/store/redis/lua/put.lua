-- Keep a note. ARGV: its name, its value, milliseconds.

local name, value, lasts = following(), following(), following()
put(name, value, lasts)
