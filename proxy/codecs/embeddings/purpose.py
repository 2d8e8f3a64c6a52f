"""What vectors are for: one meaning behind the words that providers have for it.

Source: https://docs.cohere.com/reference/embed, https://ai.google.dev/gemini-api/docs/embeddings,
https://docs.voyageai.com/reference/embeddings-api and
https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto, unique
from typing import Final


@unique
class Purpose(Enum):
    """A use of vectors for which some provider has a word."""

    QUERY = auto()
    DOCUMENT = auto()
    CLASSIFICATION = auto()
    CLUSTERING = auto()
    SIMILARITY = auto()
    QUESTION = auto()
    FACTS = auto()
    CODE = auto()


_WORDS_BY_PURPOSE: Final[dict[Purpose, str]] = {
    Purpose.QUERY: "query search_query retrieval_query generic_retrieval text_retrieval",
    Purpose.DOCUMENT: "document passage search_document retrieval_document generic_index",
    Purpose.CLASSIFICATION: "classification",
    Purpose.CLUSTERING: "clustering",
    Purpose.SIMILARITY: "similarity semantic_similarity",
    Purpose.QUESTION: "question_answering",
    Purpose.FACTS: "fact_verification",
    Purpose.CODE: "code_retrieval code_retrieval_query",
}
_WORDS: Final = {
    word: purpose for purpose, words in _WORDS_BY_PURPOSE.items() for word in words.split()
}


def translated(word: str, words: Mapping[Purpose, str]) -> str | None:
    """A word for what vectors are for, in a provider's own vocabulary.

    Returns:
        None where the provider has no word for it. A word that nobody knows goes as it is: the provider's vocabulary may
        have grown.
    """
    purpose = _WORDS.get(word.lower())
    return word if purpose is None else words.get(purpose)
