"""受理: the front door, where reports come in."""
