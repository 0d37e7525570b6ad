"""The `recovery` command; `python cli.py` does the same."""

from recovery.commands import main

if __name__ == "__main__":
    main()
