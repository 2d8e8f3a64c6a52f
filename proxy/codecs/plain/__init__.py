"""What codecs share that write a chat request in another form: its fields, refusals, files and calls.

Protocols close to chat share more of it: their tools are functions, their content is text with pictures.
"""
