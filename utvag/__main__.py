"""Where the command line begins, as `utvag` and as `python -m utvag`."""

import gc


def main() -> None:
    """Run one command.

    What is imported stays as long as the process: while it comes, nobody looks for garbage in it,
    nor later. Without this a start takes a sixth longer.
    """
    gc.disable()
    from utvag.cli import main as command  # noqa: PLC0415 - it is what takes the time

    gc.freeze()
    gc.enable()
    command()


if __name__ == "__main__":
    main()
