"""量度: what the service costs, each figure a ratio to something bare inside one interleaved run."""
