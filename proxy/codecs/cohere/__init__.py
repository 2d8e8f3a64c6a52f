"""The Cohere chat API, version 2, to and from the chat shape."""

from proxy.codecs.cohere.codec import Cohere as Cohere
