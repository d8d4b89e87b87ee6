"""缺件: what the system beside Python must give for printing, and which package brings it."""

from domain.model import Label


class NotInstalled(Exception):
    """A library or a font is missing; `label` says in both languages what to install."""

    def __init__(self, what: Label, package: str) -> None:
        self.label = Label(
            f"无法排印 PDF:缺少{what.zh},请安装 Debian 软件包 {package}(全部所需见 apt-packages.txt)",
            f"no PDF can be printed: {what.en} is missing; install the Debian package {package}"
            " (apt-packages.txt lists all)",
        )
        super().__init__(f"{self.label.zh}. {self.label.en}.")
