"""The OpenAI chat protocol, as OpenAI and everything compatible speaks it."""

from proxy.codecs.openai.codec import OpenAI as OpenAI
