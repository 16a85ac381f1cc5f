"""The errors of frametrail, named where the outside world comes in.

`InputError`     a row, file or annotation that cannot be used: it becomes a Rejected row with this code.
`EngineError`    a model or service that did not do its work. `transient` ones may pass when tried again. Of the others,
                 `lasting` ones are remembered; one that hangs on how a server is set up is not.
`BudgetError`    the run may not spend more: it ends without a release, and goes on when it is given more.
`StoppedError`   what may pass kept a target from being counted out: the run ends without a release, and goes on later.
`SettingsError`  datasets.yaml or the command line is wrong: nothing starts, exit code 2.
Anything else that is raised inside a stage is a bug: the unit is rejected with the code `bug` and the traceback's last
line, and the run goes on.
"""


class FrametrailError(Exception):
    """Base of all of ours. `code` is a short stable word, `detail` a sentence with a way out."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class InputError(FrametrailError):
    pass


class EngineError(FrametrailError):
    """`retry_after_s` is when the service itself says to try again, in seconds from now; 0 when it does not say."""

    def __init__(
        self, code: str, detail: str, transient: bool = False, lasting: bool = True, retry_after_s: float = 0.0
    ) -> None:
        super().__init__(code, detail)
        self.args = (code, detail, transient, lasting, retry_after_s)
        self.transient = transient
        self.lasting = lasting and not transient
        self.retry_after_s = retry_after_s


class BudgetError(FrametrailError):
    """The next call would cost more than is left of the budget: the whole run stops."""


class StoppedError(FrametrailError):
    """The next step hangs on what failed for a reason that may pass: the whole run stops."""


class SettingsError(FrametrailError):
    pass
