import pytest

from proxy.codecs.embeddings.cohere import _WORDS as COHERE
from proxy.codecs.embeddings.dialects import VOYAGE
from proxy.codecs.embeddings.gemini import WORDS as GOOGLE
from proxy.codecs.embeddings.purpose import Purpose, translated


@pytest.mark.parametrize(
    ("word", "google", "cohere", "voyage"),
    [
        ("query", "RETRIEVAL_QUERY", "search_query", "query"),
        ("search_document", "RETRIEVAL_DOCUMENT", "search_document", "document"),
        ("passage", "RETRIEVAL_DOCUMENT", "search_document", "document"),
        ("CLUSTERING", "CLUSTERING", "clustering", None),
        ("classification", "CLASSIFICATION", "classification", None),
        ("SEMANTIC_SIMILARITY", "SEMANTIC_SIMILARITY", None, None),
        ("question_answering", "QUESTION_ANSWERING", None, None),
        ("FACT_VERIFICATION", "FACT_VERIFICATION", None, None),
        ("code_retrieval", "CODE_RETRIEVAL_QUERY", None, None),
        ("of-tomorrow", "of-tomorrow", "of-tomorrow", "of-tomorrow"),
    ],
)
def test_a_word_of_any_provider_is_every_providers(word, google, cohere, voyage):
    assert translated(word, GOOGLE) == google
    assert translated(word, COHERE) == cohere
    assert translated(word, VOYAGE.purposes or {}) == voyage


def test_google_has_a_word_for_everything_and_reads_its_own():
    assert GOOGLE.keys() == set(Purpose)
    assert [translated(word, GOOGLE) for word in GOOGLE.values()] == list(GOOGLE.values())
