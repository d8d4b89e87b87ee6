"""读不懂: what is wrong with a file, said for the person who will mend it."""

from collections.abc import Iterable

from domain.model import Frozen


class Fault(Frozen):
    """一处错误: one thing wrong in one file. `where` is a line and a column, or a path inside a document."""

    file: str
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.where}: {self.reason}"


class Unreadable(Exception):
    """文件有误: carries every fault found, so that a file is mended in one go."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))
