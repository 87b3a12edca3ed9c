"""The service that an assistant talks to over HTTP (docs/serve.md).

``gate`` lets a request in, ``app`` answers it, ``inbox`` keeps what was observed, ``handing`` gives it to the layer and
``compact`` moves it into the log.
"""
