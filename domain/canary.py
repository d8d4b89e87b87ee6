"""哨兵: the place where the hourly self-check lives; no real place has its code."""

CANARY_DIVISION = "999999000000"
"""哨兵的行政区划: whatever counts, lists, publishes or ranks by division leaves it out."""
