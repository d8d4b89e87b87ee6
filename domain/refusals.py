"""拒绝: what the rule book says no with.

Refusal                      the rule book says no
 ├─ NotAtThisStage  409      said at a stage that does not know the word
 ├─ AlreadyDone     409      said again after it was done
 ├─ TooLate         409      said after its time
 ├─ TooEarly        409      said ahead of the service's own clock
 ├─ NotYours        403      said by a post that may not, or not here
 ├─ Incomplete      422      said without what it needs
 └─ Unfit           422      said of a text that must not go out so

A refusal's docstring is its message in English; its label is what the citizen reads. What fills them is a
Label wherever it is more than a code, so that neither sentence mixes languages.
"""

from typing import ClassVar

from domain.model import Label


class Refusal(Exception):
    """The rule book says no."""

    status: ClassVar[int] = 409
    label: ClassVar[str] = "不予受理"

    def __init__(self, **particulars: object) -> None:
        """Keep what was refused and why; a Label is said in the language of the sentence it stands in."""
        super().__init__()
        self._particulars = particulars

    @property
    def zh(self) -> str:
        """The sentence that the citizen reads."""
        said = {name: it.zh if isinstance(it, Label) else str(it) for name, it in self._particulars.items()}
        return self.label.format(**said)

    def __str__(self) -> str:
        said = {name: it.en if isinstance(it, Label) else str(it) for name, it in self._particulars.items()}
        return (self.__doc__ or "").format(**said)


class NotAtThisStage(Refusal):
    """'{command}' cannot be said while the issue is {stage}"""

    label = "问题处于“{stage}”,不能办理“{command}”"


class AlreadyDone(Refusal):
    """'{command}' was done already: {what}"""

    label = "“{command}”此前已办理:{what}"


class TooLate(Refusal):
    """'{command}' came too late: {what}"""

    label = "“{command}”已过时限:{what}"


class TooEarly(Refusal):
    """'{command}' is dated {said_at}, ahead of the service's clock {now}"""

    label = "“{command}”的时间 {said_at} 晚于系统时间 {now},请核对时钟后重报"


class NotYours(Refusal):
    """{by} may not say '{command}' here: {why}"""

    status = 403
    label = "{by} 无权办理“{command}”:{why}"


class Incomplete(Refusal):
    """'{command}' lacks {what}"""

    status = 422
    label = "“{command}”缺少:{what}"


class Unfit(Refusal):
    """'{command}' is not possible with what the text holds: {what}"""

    status = 422
    label = "“{command}”未通过核稿:{what}"


def require(condition: object, refusal: Refusal) -> None:
    """Refuse by name unless the condition holds."""
    if not condition:
        raise refusal
