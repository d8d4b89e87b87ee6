"""问题窗口: the routes by which issues are read and spoken to."""

from fastapi import APIRouter

from intake import issue_commands, issue_documents, issue_reads

router = APIRouter()
router.include_router(issue_reads.router)
router.include_router(issue_documents.router)
router.include_router(issue_commands.router)
