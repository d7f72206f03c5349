"""Services: one function per verb, the only door for the shells. Plain arguments in, values out.

Each verb is a module of its name, so that a shell loads only what its command needs.
"""
