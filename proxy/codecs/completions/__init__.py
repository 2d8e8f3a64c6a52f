"""OpenAI's legacy completions, for servers that still have them: `/completions` beside `/chat/completions`."""

from proxy.codecs.completions.codec import Completions as Completions
