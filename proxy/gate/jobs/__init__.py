"""Jobs: calls that belong together, paid for as one."""
