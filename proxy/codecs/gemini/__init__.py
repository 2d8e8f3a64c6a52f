"""The Gemini protocol: generateContent and streamGenerateContent."""

from proxy.codecs.gemini.codec import Gemini as Gemini
