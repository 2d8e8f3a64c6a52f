"""The embeddings surface: `POST /v1/embeddings`."""

from proxy.surfaces.embeddings.surface import Embeddings as Embeddings
