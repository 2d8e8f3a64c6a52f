"""The legacy completions surface: `POST /v1/completions`."""

from proxy.surfaces.completions.surface import Completions as Completions
