"""What can go wrong on one machine, told to the person at the terminal."""


class MachineFault(Exception):
    """A start that cannot succeed: the message says what, where, and what to do, Chinese first."""
