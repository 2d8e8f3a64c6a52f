"""Mistral's chat protocol: OpenAI's shape, strictly validated."""

from proxy.codecs.mistral.codec import Mistral as Mistral
