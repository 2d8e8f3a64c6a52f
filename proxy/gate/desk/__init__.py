"""The desk: what operators ask of the store, the same over the admin API and on the command line."""
