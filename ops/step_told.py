"""逐步之报告: a life fact by fact for a terminal, or for a script."""

from collections.abc import Sequence

from rich.padding import Padding
from rich.table import Table

from ops.desk import out, say, styled
from printing.life_words import Entry, Story


def tell(issue_id: str, story: Story, shown: Sequence[Entry]) -> None:
    """Print the facts, Chinese first; a pager gets the same without colours."""
    say(f"{issue_id} {story.source.zh}。 {story.source.en}.")
    for entry in shown:
        out.print()
        out.print(styled(f"{entry.number}. {entry.name} {entry.kind}  {entry.at}", style="bold"))
        out.print(Padding(_made_by(entry), (0, 0, 0, 3)))
        for table in (_states(entry), _clocks(entry), _effects(entry)):
            if table.row_count:
                out.print(Padding(table, (0, 0, 0, 3)))


def _made_by(entry: Entry) -> Table:
    rows = _grid()
    for place, line in enumerate(entry.origin):
        rows.add_row("" if place else "由来 made by", styled(line))
    rows.add_row("信 letter", styled(entry.carried))
    rows.add_row("规则 rule", styled(entry.rule))
    for name, value in entry.details:
        rows.add_row(styled(name), styled(value))
    return rows


def _states(entry: Entry) -> Table:
    """Only what the fact changed: the whole stands on the page."""
    rows = _grid()
    for turn in entry.states:
        if turn.is_changed:
            rows.add_row(turn.name, styled(f"{turn.before} → {turn.after}"))
    return rows


def _clocks(entry: Entry) -> Table:
    rows = _grid()
    for clock in entry.clocks:
        turn = clock.after if clock.before == clock.after else f"{clock.before} → {clock.after}"
        style = "red" if clock.is_late else ""
        happened = f"【{clock.happened}】" if clock.happened else ""
        rows.add_row(f"{clock.clock}时限", styled(f"{happened}{turn}", style=style))
    return rows


def _effects(entry: Entry) -> Table:
    rows = _grid()
    for effect in entry.effects:
        style = "red" if effect.is_amiss else ""
        rows.add_row(effect.kind, styled(f"{effect.addressee} [{effect.fate}] {effect.text}", style=style))
    return rows


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    return grid


def told_as_json(issue_id: str, story: Story, shown: Sequence[Entry]) -> dict[str, object]:
    """Return the facts for a script, with the issue as each of them left it."""
    return {
        "issue_id": issue_id,
        "source": story.source._asdict(),
        "steps": [_as_json(story, entry) for entry in shown],
    }


def _as_json(story: Story, entry: Entry) -> dict[str, object]:
    step, trace = story.steps[entry.number - 1], story.traces.get(entry.number)
    return {
        "number": entry.number,
        "kind": entry.kind,
        "hash": entry.hash,
        "fact": step.fact.model_dump(mode="json", exclude_defaults=True),
        "mark": step.mark._asdict() if step.mark else None,
        "entered_at": story.entered_at[entry.number - 1],
        "history": trace._asdict() if trace else None,
        "state": {turn.name: [turn.before, turn.after] for turn in entry.states},
        "clocks": [
            {
                "happened": change.happened,
                "clock": change.clock,
                "limit_before": change.before.limit_at if change.before else None,
                "limit_after": change.after.limit_at,
            }
            for change in step.changes
        ],
        "effects": [effect._asdict() for effect in entry.effects],
    }
