"""The types of errors that a person who runs SayAgain can meet: the command line prints them, never a traceback."""

from collections.abc import Collection


class SayAgainError(Exception):
    """A mistake with a remedy.

    The message names the file (and line) where there is one; ``remedy`` says what to do next. What people said
    never goes into either.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}. {self.remedy}" if self.remedy else message


class LogError(SayAgainError):
    """The log cannot be read or written."""


class FormatError(SayAgainError):
    """A file is not in the format it was said to be in."""


class PolicyError(SayAgainError):
    """The owner's policy file cannot be read or is none, or the text of a policy is none."""


class CatalogueError(SayAgainError):
    """A catalogue of names cannot be read, or is none."""


class TurnError(SayAgainError):
    """A turn holds something that cannot be kept."""


class BundleError(SayAgainError):
    """A bundle is missing, damaged, or of a version this release does not know."""


class StateError(SayAgainError):
    """The state database cannot be used, or holds no such rewrite."""


class ExperimentError(SayAgainError):
    """An experiment cannot be started, or not be judged, as it was asked to."""


class AudioError(SayAgainError):
    """Sound cannot be read, or the means to speak or hear are not installed."""


class LayerError(SayAgainError):
    """A learned layer does not answer, or not as one."""


class ServeError(SayAgainError):
    """The service cannot start as it was asked to."""


class MissingError(SayAgainError):
    """A library that this needs is not installed."""


class InUseError(StateError):
    """Another process writes to the state database."""


class FullError(StateError):
    """The state database has no room left."""


class UnkeptError(StateError):
    """What is remembered of some people can be neither read nor written, though the state database works."""

    def __init__(self, users: Collection[str]) -> None:
        super().__init__(
            f"What is remembered of {len(users):,} of the people cannot be kept",
            "Other people's is; what was not written of theirs is let go of",
        )
        self.users = frozenset(users)
        """Who they are."""
