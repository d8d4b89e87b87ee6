"""哨兵: the place where the hourly self-check lives; no real place has its code."""

from domain.posts import Post, division_of

CANARY_DIVISION = "999999000000"
"""哨兵的行政区划: whatever counts, lists, publishes or ranks by division leaves it out. Rule: R-CANARY"""
CANARY_COUNTY = CANARY_DIVISION[:6]
"""With what the numbers of its issues begin; no real county's numbers are used up."""
_PLACE = CANARY_DIVISION[:4]


def is_of_the_canary(post: Post) -> bool:
    """哨兵岗位: a post in the canary's place: it receives, and no person stands behind it. Rule: R-CANARY."""
    return division_of(post).startswith(_PLACE)
