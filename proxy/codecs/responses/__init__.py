"""The codec for OpenAI's Responses API."""

from proxy.codecs.responses.codec import Responses as Responses
