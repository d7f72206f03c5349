"""The command line: parse, one service call, render. Services are imported inside commands."""
