"""The server: each verb of the command line as a request of HTTP. FastAPI is used here only.

Every route calls one function of ``services`` and sends the document that ``--json`` prints.
"""
