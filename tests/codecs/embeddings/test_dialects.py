import pytest

from proxy.codecs.embeddings.dialects import COMPATIBLE, MISTRAL, OPENAI, VOYAGE, dialect_of
from tests.support.embedding import target


@pytest.mark.parametrize(
    ("base", "dialect"),
    [
        ("https://api.openai.com/v1", OPENAI),
        ("https://eu.api.openai.com/v1", OPENAI),
        ("https://api.openai.com.evil.test/v1", COMPATIBLE),
        ("https://api.voyageai.com/v1", VOYAGE),
        ("https://ai.mongodb.com/v1", VOYAGE),
        ("https://api.mistral.ai/v1", MISTRAL),
        ("https://openrouter.ai/api/v1", COMPATIBLE),
        ("", COMPATIBLE),
    ],
)
def test_the_address_tells_whose_api_it_is(base, dialect):
    assert dialect_of(target("openai", base=base)) is dialect
