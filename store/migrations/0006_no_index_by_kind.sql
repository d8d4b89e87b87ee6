-- No query asks for facts by their kind, and every fact wrote into it.
DROP INDEX issue_facts_kind;
