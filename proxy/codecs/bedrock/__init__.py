"""Amazon Bedrock's Converse API, to and from the chat shape."""

from proxy.codecs.bedrock.codec import Bedrock as Bedrock
