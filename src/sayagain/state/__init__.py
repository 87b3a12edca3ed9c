"""The state that changes while serving, in one SQL database."""

from sayagain.state.address import beside, shown
from sayagain.state.database import Database

__all__ = ["Database", "beside", "shown"]
