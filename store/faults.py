"""What the journal answers when a letter does not fit it: neither is ever ignored."""


class Unfit(Exception):
    """A letter contradicts the journal; an operator must choose."""


class Diverged(Unfit):
    """The journal holds another fact at this number; `order`: the commands behind what it holds instead."""

    def __init__(
        self, issue_id: str, number: int, ours: str, theirs: str, order: tuple[str, ...] = ()
    ) -> None:
        self.issue_id, self.number, self.ours, self.theirs = issue_id, number, ours, theirs
        self.order = order
        super().__init__(
            f"{issue_id}: fact {number} is {ours[:12]}… in the journal and {theirs[:12]}… in the letter"
        )


class Gap(Unfit):
    """The letter does not follow what the journal holds."""

    def __init__(self, issue_id: str, expected: str, got: str) -> None:
        self.issue_id, self.expected, self.got = issue_id, expected, got
        super().__init__(f"{issue_id}: the journal expects {expected}, the letter brings {got}")
