"""通报: a bulletin from its frozen cut to its last correction; decided here, without machinery."""
