"""Ollama's own chat API."""

from proxy.codecs.ollama.codec import Ollama as Ollama
