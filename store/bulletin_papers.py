"""通报成文: the document of a bulletin, from its journal, its figures, and the names in the roster."""

from domain.bulletin.paper import paper
from domain.bulletin.terms import BulletinId
from domain.paper import Paper
from domain.posts import Division, level_of, office
from domain.terms import Level
from store.bulletins import bulletin_of, figures_of
from store.documents import names_of
from store.pool import Pool

_OFFICE = "河长办"


async def bulletin_paper(pool: Pool, bulletin_id: BulletinId) -> Paper:
    """Return a bulletin as a document; raises LookupError for an unknown one. Raises Away."""
    bulletin = await bulletin_of(pool, bulletin_id)
    if bulletin is None:
        raise LookupError(bulletin_id)
    figures = await figures_of(pool, bulletin_id)
    parts = {figure.key.partition(".")[2] for figure in figures}
    divisions = {part for part in parts if part.isdigit()} | {named.division for named in bulletin.named}
    offices = {_office_of(division): division for division in divisions}
    named = [named.unit or named.chief for named in bulletin.named]
    names = await names_of(pool, [bulletin.issuer, *bulletin.receivers, *named, *offices])
    places = {offices[post]: name.removesuffix(_OFFICE) for post, name in names.items() if post in offices}
    return paper(bulletin, figures, {**names, **places})


def _office_of(division: Division) -> str:
    return office(division, max(level_of(division), Level.TOWNSHIP))
