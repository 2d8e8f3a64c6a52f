"""How vendors of OpenAI-shaped protocols differ, as named functions that a catalogue row lists."""

from proxy.codecs.vendors.registry import REQUEST as REQUEST
from proxy.codecs.vendors.registry import RESPONSE as RESPONSE
from proxy.codecs.vendors.replay import REPLAY as REPLAY
