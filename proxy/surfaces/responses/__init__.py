"""The Responses surface: OpenAI's Responses API, to and from the chat shape."""

from proxy.surfaces.responses.surface import Responses as Responses
