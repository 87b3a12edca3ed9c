"""Speech, behind the extra ``voice``: speaking, spoiling, hearing and recording requests. Everything runs offline."""
