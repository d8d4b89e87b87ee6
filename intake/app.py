"""受理窗口: the front door as one application: reports in, assessment, commands, reads."""

from typing import Any

from fastapi.responses import JSONResponse

from intake import bulletin_commands, bulletins, inbox, issue_photos, issues, leads, objections, reports
from intake.answers import Answers
from intake.body import BodyLimit
from intake.document import FrontDoor
from intake.hall import Hall, InHall
from intake.house import House
from intake.open311 import routes as open311
from intake.open311.errors import said
from intake.problems import may_be, teach
from store.pool import answers

ROUTERS = (
    reports.router,
    leads.router,
    issue_photos.router,
    issues.router,
    objections.router,
    inbox.router,
    bulletins.router,
    bulletin_commands.router,
    open311.router,
)


def front_door(house: House, hall: Hall, lifespan: Any = None, **more: Any) -> FrontDoor:
    """Return the application; what it needs is handed in, so that tests and the service build the same."""
    app = FrontDoor(
        title="河湖问题受理 · River issues",
        description="报送线索、研判、办理与查询。 Reports in, commands to issues, reads.",
        version="1",
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would name the reporter's address
        redirect_slashes=False,  # the address to go to would be what the caller says that our name is
        **more,
    )
    app.state.house, app.state.hall = house, hall
    teach(app, said)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(BodyLimit, say=said)
    app.add_middleware(Answers)

    @app.get(
        "/healthy",
        tags=["运维 operation"],
        operation_id="healthy",
        summary="是否能受理",
        responses=may_be(503),
    )
    async def healthy(hall: InHall) -> JSONResponse:
        """Answer 200 as long as reports can be kept; whether they are carried on is not asked."""
        await answers(hall.pool)
        return JSONResponse({"healthy": True})

    return app
