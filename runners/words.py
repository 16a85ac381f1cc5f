"""Words that commands say in several places."""


def counted(number: int, one: str) -> str:
    """`1 row`, `2 rows`: a number of things by the name of one."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"
