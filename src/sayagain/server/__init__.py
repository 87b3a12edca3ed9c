"""The service that an assistant talks to over HTTP."""
