"""问题: the life of one issue, as commands, facts and the rules between them."""
