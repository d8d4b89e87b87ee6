"""变异: the guards by which operators find, replay, repair and prove, each taken away."""

from tests.mutant import Ground, Mutant

WHOLE = Ground(
    (
        *("activities", "domain", "intake", "machine", "ops", "printing", "reading", "registry", "rules"),
        *("store", "tests", "workflows", "*.py"),
    ),
    "",
    "tests/",
    "[pytest]\npythonpath = .\naddopts = --import-mode=importlib\nasyncio_mode = auto\n"
    "asyncio_default_fixture_loop_scope = session\nasyncio_default_test_loop_scope = session\n",
    ("pytest_asyncio.plugin",),
)
"""All of it; a test that asks for PostgreSQL starts one."""


def of_all(rule: str, module: str, old: str, new: str, seen_by: str) -> Mutant:
    """Return a mutant of whatever module."""
    return Mutant(rule, module, old, new, seen_by, WHOLE)


OF_THE_OPERATORS = (
    # ---------------------------------------------------------------- find
    of_all(
        "a consequence is named by its cause",
        "domain/stuck_rules.py",
        "any((cause, each.subject) in at for cause in causes)",
        "False",
        "rules/test_stuck.py::test_what_follows_from_something_else_is_named_by_its_cause",
    ),
    of_all(
        "what two sources tell is told by the one that knows since when",
        "domain/stuck_rules.py",
        "key not in told or (told[key].since is None and each.since)",
        "key not in told",
        "rules/test_stuck.py::test_what_both_sources_tell_is_named_once_by_the_one_that_knows_since_when",
    ),
    of_all(
        "a silent source leaves its kinds unlooked for",
        "domain/stuck_rules.py",
        "BY[kind] & gone if BY[kind] else",
        "BY[kind] <= gone if BY[kind] else",
        "rules/test_stuck.py::test_what_a_silent_source_alone_could_tell_is_not_looked_for",
    ),
    of_all(
        "a review just asked for is on its way",
        "domain/stuck_rules.py",
        "asked if asked and asked.since < before else None",
        "asked",
        "rules/test_stuck.py::test_a_review_that_was_asked_for_a_day_ago_is_stuck_and_one_just_asked_for_is_not",
    ),
    of_all(
        "waking helps only where the history is sound",
        "domain/stuck_rules.py",
        'if "NON_DETERMINISTIC" in failure.cause:',
        'if "UNKNOWN" in failure.cause:',
        "rules/test_stuck.py::test_a_failing_task_is_told_by_its_cause",
    ),
    of_all(
        "a row with another tail is behind its journal",
        "store/sql/stuck.sql",
        "WHERE (issues.number, issues.tail) IS DISTINCT FROM (last.number, last.hash)",
        "WHERE issues.number IS DISTINCT FROM last.number",
        "store/test_stuck.py::test_a_row_that_is_ahead_behind_missing_or_a_stray_is_no_end_of_a_journal",
    ),
    of_all(
        "what waits behind another is not late itself",
        "store/sql/stuck.sql",
        "(earlier.number, earlier.effect) < (late.number, late.effect)",
        "false",
        "store/test_stuck.py::test_only_the_first_effect_in_its_order_is_late",
    ),
    # ---------------------------------------------------------------- replay
    of_all(
        "the words of facts are compared",
        "domain/issue/difference.py",
        "yield from fields(json.loads(known.body), json.loads(line.body))",
        "yield from ()",
        "rules/test_difference.py::test_each_field_is_named_wherever_it_lies",
    ),
    of_all(
        "the columns of facts are compared",
        "domain/issue/difference.py",
        "yield from fields(_beside(known), _beside(line))",
        "yield from ()",
        "rules/test_difference.py::test_columns_and_hashes_are_compared_where_the_words_are_the_same",
    ),
    of_all(
        "the hashes of facts are compared",
        "domain/issue/difference.py",
        "if not wrong and follows and known.hash != line.hash:",
        "if not wrong and not follows:",
        "rules/test_difference.py::test_columns_and_hashes_are_compared_where_the_words_are_the_same",
    ),
    of_all(
        "the effects are compared",
        "domain/issue/difference.py",
        "for one, other in zip_longest(only_then, only_now):",
        "for one, other in ():",
        "rules/test_difference.py::test_each_effect_is_compared_with_the_ledger",
    ),
    of_all(
        "the row is compared",
        "domain/issue/difference.py",
        "for field, was, is_now in fields(then, now):",
        "for field, was, is_now in ():",
        "rules/test_difference.py::test_every_field_of_the_row_is_compared",
    ),
    of_all(
        "a fact that is not written any more is missed",
        "domain/issue/difference.py",
        "for number in range(last + 1, (post.number or last) + 1):",
        "for number in ():",
        "rules/test_difference.py::test_a_fact_that_is_not_written_any_more_is_named",
    ),
    # ---------------------------------------------------------------- repair
    Mutant(
        "a word that would be lost is named",
        "issue/repairing.py",
        'tried.append(Retried(command, "refused", no=no))',
        "pass",
        "test_repairing.py::test_a_word_that_may_not_be_said_at_its_new_place_is_named_with_its_reason",
    ),
    Mutant(
        "a reset that would differ from the journal is foreseen",
        "issue/repairing.py",
        "if number >= len(made) or made[number] != fact:",
        "if number < len(made) and made[number] != fact and not fact:",
        "test_repairing.py::test_a_lapse_that_a_late_word_withdrew_does_not_come_back_and_so_it_differs",
    ),
    Mutant(
        "settle says again what no fact stands behind, and nothing else",
        "issue/repairing.py",
        "if command_id not in told]",
        "]",
        "test_repairing.py::test_what_no_fact_stands_behind_is_unsaid_in_the_order_in_which_it_was_accepted",
    ),
    Mutant(
        "what was not heard does not stand",
        "issue/repairing.py",
        "if number > kept and fact.command and fact.command not in heard:",
        "if number < 0:",
        "test_repairing.py::test_what_stands_is_what_was_heard_and_what_time_had_made",
    ),
    of_all(
        "a second timeline with another fact at a known number is refused",
        "store/journal.py",
        "if stored[line.number] != line.hash:",
        "if line.number not in stored:",
        "store/test_journal.py::test_another_fact_at_a_known_number_is_refused_and_nothing_is_kept",
    ),
    of_all(
        "a second timeline goes on from the tail that is recorded",
        "store/sql/journal.sql",
        "tail.number = ($2::int[])[1] - 1 AND tail.hash = $8",
        "tail.number = ($2::int[])[1] - 1 AND $8::text IS NOT NULL",
        "store/test_journal.py::test_a_letter_after_another_tail_is_refused",
    ),
    of_all(
        "a bulk repair wants a second person",
        "store/repairs.py",
        "return by.casefold() != self.asked.asked_by.casefold()",
        "return by != self.asked.asked_by",
        "store/test_repairs.py::test_who_asked_is_nobody_else_however_the_code_is_written",
    ),
    of_all(
        "what has gone out is not sent again",
        "store/sql/repairs.sql",
        "UPDATE effects SET state = 'queued', next_try_at = now(), attempts = 0\n"
        "WHERE issue_id = $1 AND number = $2 AND effect = $3 AND addressee = $4 AND state IN"
        " ('queued', 'undeliverable');",
        "UPDATE effects SET state = 'queued', next_try_at = now(), attempts = 0\n"
        "WHERE issue_id = $1 AND number = $2 AND effect = $3 AND addressee = $4;",
        "store/test_repairs.py::"
        "test_what_has_gone_out_or_is_for_a_person_to_sign_is_neither_sent_again_nor_given_up",
    ),
    of_all(
        "one at a time repairs an issue",
        "store/sql/repairs.sql",
        "SELECT pg_try_advisory_lock(hashtextextended('repair ' || $1, 0));",
        "SELECT $1::text IS NOT NULL;",
        "store/test_repairs.py::test_one_at_a_time_repairs_an_issue_and_others_other_issues",
    ),
    of_all(
        "nobody writes past an issue that is open",
        "store/afterwards.py",
        "if not issue.is_over:",
        "if not issue:",
        "store/test_afterwards.py::test_nobody_writes_past_an_issue_that_is_open",
    ),
    # ---------------------------------------------------------------- prove
    of_all(
        "every hash follows from the words",
        "store/proof.py",
        "if link(before, number, fact.body) != fact.hash:",
        "if not fact.hash:",
        "store/test_tampering.py::test_one_changed_byte_is_found_and_located",
    ),
    of_all(
        "the numbers go on without a hole",
        "store/proof.py",
        "if fact.number != number:",
        "if fact.number < number:",
        "store/test_tampering.py::test_a_removed_row_is_missed",
    ),
    of_all(
        "the moment of recording is sealed",
        "store/proof.py",
        "and (fact.seal or is_sealed):",
        "and not is_sealed and not fact.seal:",
        "store/test_tampering.py::"
        "test_what_was_recorded_before_there_were_seals_holds_and_after_one_there_must_be_one",
    ),
    of_all(
        "a number that nobody has is missed",
        "store/proof.py",
        "breaks += await nobodys_numbers(pool)",
        "pass",
        "store/test_tampering.py::test_a_journal_of_which_nothing_is_left_but_its_drawn_number_is_missed",
    ),
    of_all(
        "an act that is demanded is there",
        "ops/demanded.py",
        'yield number, what, "missing", "demanded"',
        "pass",
        "ops/test_examine.py::test_what_goes_out_and_was_forged_is_named",
    ),
    of_all(
        "what was taken back goes to nobody",
        "ops/demanded.py",
        'return frozenset({"countermanded", "delivered"})',
        "return _GOES_OUT",
        "ops/test_examine.py::test_what_was_taken_back_goes_to_nobody",
    ),
    of_all(
        "an anchor proves by its own key",
        "ops/anchor.py",
        "if key and (key.fingerprint != print_of_key or not key.holds(signature, known.words.encode())):",
        "if key is file:",
        "ops/test_verify_further.py::test_an_anchor_by_another_key_is_refused",
    ),
    of_all(
        "an export proves by its exporter's key",
        "ops/bring_in.py",
        "if not proving.holds(signature, about.files[made.MANIFEST]):",
        "if not signature:",
        "ops/test_export_signed.py",
    ),
    of_all(
        "an export is what was signed",
        "ops/bring_in.py",
        "if found != digest:",
        "if found is digest:",
        "ops/test_export_signed.py",
    ),
    of_all(
        "an archive is read as what its digest names",
        "store/shelf.py",
        "if sha256(content).hexdigest() != digest:",
        "if not content:",
        "ops/test_export_signed.py::test_a_file_is_read_only_as_what_its_digest_names",
    ),
    of_all(
        "an archive is of its issue",
        "store/archive.py",
        "if chain.issue_id != issue_id:",
        "if not chain.issue_id:",
        "ops/test_export_signed.py::test_a_file_of_histories_is_of_its_issue_and_whole",
    ),
    of_all(
        "the same archive is said once",
        "domain/issue/archiving.py",
        "if command in issue.heard:",
        "if command in ():",
        "rules/test_archiving.py::test_the_same_file_is_said_once_and_another_file_again",
    ),
    # ---------------------------------------------------------------- watch
    of_all(
        "the canary is in no figure",
        "store/sql/figures.sql",
        "FROM issue_facts\nWHERE NOT starts_with(issue_id, '999999-');",
        "FROM issue_facts;",
        "store/test_canary.py::test_while_it_walks_it_is_in_no_list[figures]",
    ),
    of_all(
        "the canary is on no board",
        "store/sql/figures.sql",
        "WHERE division <> '999999000000'\nORDER BY is_overdue",
        "ORDER BY is_overdue",
        "store/test_canary.py::test_while_it_walks_it_is_in_no_list[board of figures]",
    ),
    of_all(
        "the canary's numbers are none",
        "store/sql/numbers.sql",
        " WHERE county <> '999999'",
        "",
        "store/test_canary.py::test_while_it_walks_it_is_in_no_list[numbers to be proved]",
    ),
    of_all(
        "nobody signs for the canary",
        "store/sql/documents.sql",
        " AND NOT starts_with(documents.issue_id, '999999-')",
        "",
        "store/test_canary.py::test_while_it_walks_it_is_in_no_list[drafts to sign]",
    ),
    of_all(
        "a missing rung of the canary is named",
        "domain/canary_walk.py",
        "missing = [rung for rung in Rung if rung not in climbed]",
        "missing: list[Rung] = []",
        "rules/test_canary.py::test_a_missing_rung_is_named",
    ),
)
