"""The store of one machine: a file that several processes share"""
