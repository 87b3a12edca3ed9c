"""The service that an assistant talks to over HTTP (docs/serve.md).

``middleware`` lets a request in, ``app`` answers it, ``state.inbox`` keeps what was observed, ``delivery`` gives it to
the layer and ``inbox_to_log`` moves it into the log.
"""
