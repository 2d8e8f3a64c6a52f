"""The Messages surface: `POST /v1/messages`, as Anthropic's SDKs and Claude Code speak it."""

from proxy.surfaces.messages.surface import Messages as Messages
