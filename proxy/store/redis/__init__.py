"""The store of several machines: one Redis, with every verb a script that it runs in one piece"""
