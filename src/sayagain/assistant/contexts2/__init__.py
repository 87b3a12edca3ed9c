"""The preset ``contexts2``: homes with twenty kinds of request whose meaning follows from what goes on around them.

Words → what they may be about (``readings``: all that the assistant knows) → which of it is meant (``cases``: truth).
What goes on comes from ``scene``, what of it a log sees from ``sensors``, who says what when from ``wishes``.
"""
