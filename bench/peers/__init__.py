"""同行: other ways to live the same case life, each written as its own documentation recommends."""
