"""One machine 单机: embedded PostgreSQL, the Temporal dev server and the programs that live on them."""
