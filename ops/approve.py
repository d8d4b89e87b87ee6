"""批准: a second person looks at a bulk repair once more, and lets it be done."""

from typing import Annotated

import typer

from ops.desk import Json
from ops.repair import Apply, By, person_named
from ops.repair_round import approve_all


def approve(
    request: Annotated[int, typer.Argument(min=1, help="修复申请序号 the request's number")],
    *,
    by: By,
    apply: Apply = False,
    as_json: Json = False,
) -> None:
    """批准多件修复:再预演一次,加 --apply 即办;须为申请人以外的人。 Approve a bulk repair as another person.

    Exit status: 0 previewed or repaired, 1 refused or something was lost, 2 nothing could be done.
    """
    approve_all(request, person_named(by), apply=apply, as_json=as_json)
