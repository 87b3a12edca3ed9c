"""The state that changes while serving, in one SQL database."""

from sayagain.state.database import State, beside, shown

__all__ = ["State", "beside", "shown"]
