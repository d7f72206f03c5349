"""``python -m tansaku``: the same as the command."""

from tansaku.cli.main import main

if __name__ == "__main__":
    main()
