"""变异: the guarded rules on posts and people, each taken away."""

from tests.mutant import Mutant

OF_THE_ROSTER = (
    Mutant(
        "a tenure is over at its last moment",
        "roster.py",
        "(not self.until_at or at < self.until_at)",
        "(not self.until_at or at <= self.until_at)",
        "test_roster.py::test_a_tenure_begins_with_its_first_moment_and_is_over_with_its_last",
    ),
    Mutant(
        "nobody is named twice",
        "roster.py",
        "if present and present not in named:",
        "if present:",
        "test_roster.py::test_nobody_is_asked_twice_though_he_also_covers",
    ),
    Mutant(
        "covers are followed to the end",
        "roster.py",
        "        asked = absence.cover\n",
        "        return absence.cover, passed\n",
        "test_roster.py::test_a_cover_who_is_away_is_covered_in_turn",
    ),
    Mutant(
        "the deputy comes after the holder",
        "roster.py",
        "for capacity in (Capacity.HOLDER, Capacity.DEPUTY, Capacity.ACTING):",
        "for capacity in (Capacity.DEPUTY, Capacity.HOLDER, Capacity.ACTING):",
        "test_roster.py::test_the_holder_is_asked_then_the_deputy_then_who_was_named_to_act",
    ),
    Mutant(
        "who succeeds must hold the other post now",
        "roster.py",
        "if tenure.capacity is not Capacity.ACTING and tenure.holds(at):",
        "if tenure.capacity is not Capacity.ACTING:",
        "test_roster.py::test_who_succeeds_may_be_covered_and_may_be_gone",
    ),
    Mutant(
        "a rule of succession speaks of one level",
        "succession.py",
        "if (rule.kind, rule.level) == of",
        "if rule.kind == of[0]",
        "test_roster.py::test_the_rule_speaks_of_its_kind_and_level_only",
    ),
    Mutant(
        "a check looks at every cover of a cover",
        "roster_change.py",
        "        ahead += covers\n",
        "",
        "test_roster_check.py::test_a_cover_who_leaves_in_turn_makes_a_hole",
    ),
    Mutant(
        "a check looks at the posts of those who succeed",
        "roster_change.py",
        "for each in (post, *successors(roster.succession, post))",
        "for each in (post,)",
        "test_roster_check.py::test_who_succeeds_and_leaves_makes_a_hole",
    ),
    Mutant(
        "the next change may be an absence",
        "roster_change.py",
        "for span in (*terms, *away)",
        "for span in terms",
        "test_roster_property.py::test_before_the_next_change_nothing_changes",
    ),
    Mutant(
        "a chief is due at every level",
        "roster_change.py",
        "return tuple(dict.fromkeys((*held, *due)))",
        "return tuple(dict.fromkeys(held))",
        "test_roster_check.py::test_a_level_for_which_no_post_was_ever_entered_is_a_hole",
    ),
    Mutant(
        "a channel that does not work is none",
        "roster_check.py",
        "if not any(channel.works for channel in",
        "if not any(channel for channel in",
        "test_roster_check.py::test_who_acts_in_these_days_needs_a_channel_that_works",
    ),
    Mutant(
        "a hand-over is due when its days are over",
        "roster_check.py",
        "if due_at < until and min(begins, default=until) > max(due_at, since):",
        "if due_at < until and not begins:",
        "test_roster_check.py::test_a_hand_over_in_time_or_not_yet_due_is_in_order",
    ),
)
