"""A number of things by the name of one."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2,000 rows`; `many` where the name of several is not that of one with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
