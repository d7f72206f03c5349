"""Trust: do intervals hold what they say, and do chances come true?"""
