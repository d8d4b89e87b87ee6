"""What our processes show to Prometheus; a worker that runs is asked in tests/stories/test_canary.py."""

SHOWN = {
    "river_alarms_open",
    "river_build_info",
    "river_canary_ended_timestamp_seconds",
    "river_canary_lateness_seconds",
    "river_canary_well",
    "river_commands_oldest_seconds",
    "river_commands_waiting",
    "river_drafts",
    "river_effects",
    "river_issues_open",
    "river_journal_facts_total",
    "river_leads",
    "river_loop_beat_timestamp_seconds",
    "river_mark_lateness_seconds",
    "river_reached",
    "river_stuck",
    "river_workflows_troubled",
}
NOT_OURS = {
    "temporal_workflow_task_execution_failed_total",  # shown from the first failure on
    "temporal_workflow_task_execution_latency_seconds",
}
"""Those of the SDK that a rule or a panel asks for."""
