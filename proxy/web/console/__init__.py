"""The console: a page for operators on the ops listener, and the data that it shows."""
