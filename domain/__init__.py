"""规则书: the rule book, pure Python that knows no machinery."""
