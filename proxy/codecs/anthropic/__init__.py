"""The Anthropic Messages API, to and from the chat shape."""

from proxy.codecs.anthropic.codec import Anthropic as Anthropic
