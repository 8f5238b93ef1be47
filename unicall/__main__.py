"""``python -m unicall``, which is also the command ``unicall``."""

from unicall.cli import main

if __name__ == "__main__":
    main()
