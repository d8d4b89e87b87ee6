"""运维命令 `python -m ops`: each a thin function; answers go to standard output, refusals to the other."""

import os
import sys

import typer

from ops.accounts import explain
from ops.adopt import adopt
from ops.anchor import anchor
from ops.approve import approve
from ops.archive import archive
from ops.bring_in import bring_in
from ops.bulletin import bulletin
from ops.canary import canary
from ops.classify import classify
from ops.execution import execution
from ops.export import export
from ops.locate import locate
from ops.measures import measures, observe
from ops.notices import alarms, burden
from ops.objections import objection
from ops.papers import drafts, inbox, paper, sign
from ops.passes import token
from ops.prepare import register
from ops.records import retell, verify
from ops.repair import repair, repairs
from ops.replay import replay
from ops.roster import roster
from ops.rules import rules
from ops.seal import seal
from ops.step import step
from ops.stuck import stuck

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

for command in (
    *(stuck, replay, step, repair, repairs, approve, verify, anchor, retell, export, archive),
    *(canary, explain, alarms, drafts, sign, paper, inbox, burden, measures, observe, rules),
    *(execution, classify, locate, register),
):
    app.command()(command)
app.command("import")(bring_in)
app.add_typer(adopt, name="adopt")
app.add_typer(bulletin, name="bulletin")
app.add_typer(objection, name="objection")
app.add_typer(roster, name="roster")
app.add_typer(seal, name="seal")
app.add_typer(token, name="token")


@app.callback()
def ops() -> None:
    """河湖问题办理服务的运维命令。 Operators' commands; they exit 0 done, 1 it differs, 2 not done."""


def main() -> None:
    """Run one command and end at once: the SDK's threads sometimes abort an ordinary exit."""
    code: object = 0
    try:
        app()
    except SystemExit as end:
        code = end.code
    if isinstance(code, str):
        sys.stderr.write(code + "\n")
        code = 2
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
