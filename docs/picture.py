"""一生的图: draws the README's picture of an issue's life out of the table that rules it.

`python -m docs.picture` writes it into both READMEs; a test keeps picture and table equal.
"""

import sys
from pathlib import Path

from domain.issue.commands import NAMES
from domain.issue.life import LIFE, STAGE_CLOCK
from domain.terms import ENDS, Clock, Stage, en, zh

HERE = Path(__file__).resolve().parent.parent
READMES = {HERE / "README.md": "en", HERE / "README.zh.md": "zh"}
BEGIN, END = "<!-- life: drawn by python -m docs.picture -->", "<!-- end of life -->"


def picture(language: str) -> str:
    """Return the life as a Mermaid state diagram, in `zh` or `en` (which keeps the Chinese beside)."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{_stage(stage, language)}" as {stage}' for stage in (*LIFE, *sorted(ENDS))]
    lines.append(f"    [*] --> {Stage.DISCOVERED}: {_command('OpenIssue', language)}")
    arrows: dict[tuple[Stage, Stage], list[str]] = {}
    for stage, commands in LIFE.items():
        for command, onward in commands.items():
            arrows.setdefault((stage, onward), []).append(_command(command.__name__, language))
            if STAGE_CLOCK.get(onward) is Clock.PLAN and onward is not stage:
                without = "无需方案" if language == "zh" else "no plan needed"
                label = f"{_command(command.__name__, language)} ({without})"
                arrows.setdefault((stage, Stage.RECTIFYING), []).append(label)
    lines += [f"    {stage} --> {onward}: {' / '.join(words)}" for (stage, onward), words in arrows.items()]
    lines += [f"    {end} --> [*]" for end in sorted(ENDS)]
    return "\n".join([*lines, "```"])


def _stage(stage: Stage, language: str) -> str:
    clock = STAGE_CLOCK.get(stage)
    if language == "zh":
        return zh(stage) + (f"<br/>{zh(clock)}时限" if clock else "")
    return f"{en(stage)} {zh(stage)}" + (f"<br/>clock {clock}" if clock else "")


def _command(name: str, language: str) -> str:
    return NAMES[name].zh if language == "zh" else name


def drawn_into(text: str, language: str) -> str:
    """Return a README's text with the picture between its two marks; raises ValueError without them."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"the marks {BEGIN!r} and {END!r} are missing")
    return f"{before}{BEGIN}\n{picture(language)}\n{END}{after}"


def main() -> int:
    """Write the picture into both READMEs."""
    for path, language in READMES.items():
        path.write_text(drawn_into(path.read_text(encoding="utf-8"), language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
