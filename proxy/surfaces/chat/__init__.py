"""The chat surface: `POST /v1/chat/completions`, as OpenAI's SDKs speak it."""

from proxy.surfaces.chat.surface import Chat as Chat
