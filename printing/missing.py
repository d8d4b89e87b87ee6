"""缺件: what the system beside Python must give for printing, and which package brings it."""

from typing import Self

from domain.model import Label


class NotInstalled(Exception):
    """A library or a font is missing; `label` says in both languages what to install, `package` names it."""

    def __init__(self, label: Label, package: str) -> None:
        self.label, self.package = label, package
        super().__init__(f"{label.zh}. {label.en}.")

    @classmethod
    def lacking(cls, what: Label, package: str) -> Self:
        """Say what is lacking, and how it is had on Debian."""
        chinese = f"无法排印 PDF:缺少{what.zh},请安装 Debian 软件包 {package}(全部所需见 apt-packages.txt)"
        english = f"no PDF can be printed: {what.en} is missing; install the Debian package {package}"
        return cls(Label(chinese, f"{english} (apt-packages.txt lists all)"), package)
