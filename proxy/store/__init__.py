"""What outlives a call: one contract, and who keeps it."""
