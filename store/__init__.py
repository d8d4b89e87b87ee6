"""记录: only here is SQL spoken."""
