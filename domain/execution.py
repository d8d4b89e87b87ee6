"""强制执行的时刻: when something may be enforced by force; the book says the hours, the calendar the days."""

from datetime import datetime, timedelta

from domain.provisions import Execution
from domain.workdays import Calendar, at_local, local_day


def lawful_from(at: datetime, rule: Execution, calendar: Calendar, *, is_urgent: bool = False) -> datetime:
    """强制执行: neither at night nor on a day off, unless it is urgent: at once, else the next working hour.

    Rule: R-EXECUTION
    """
    if is_urgent:
        return at
    day = local_day(at)
    while not calendar.is_workday(day) or at >= at_local(day, rule.last):
        day += timedelta(days=1)
    return max(at, at_local(day, rule.first))
