"""OpenAI's Responses API, for the calls that chat cannot say.

Whether a call is one of those is asked of every call; so nothing is loaded here, and the codec only for the first of them.
"""
