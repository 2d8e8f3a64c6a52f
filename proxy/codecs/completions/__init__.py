"""OpenAI's legacy completions, for servers that still have them: `/completions` beside `/chat/completions`.

Whether a call is for them is asked of every call; so nothing is loaded here, and the codec only where somebody has them.
"""
