"""SayAgain: every time someone has to say it again, the assistant learns."""

__version__ = "0.1.0"
