"""Ways in which a file's bytes get damaged, each reproducible by its number."""

from __future__ import annotations

import random

#: Flip bits, truncate, zero a stretch, zero the rest, insert, remove, repeat, splice.
NUM_OPERATORS = 8


def mutate(content: bytes, number: int) -> bytes:
    """Damage of kind ``number``: the operator is ``number % 8``, its place and size are drawn."""
    generator = random.Random(number)
    length = len(content)
    start = generator.randrange(max(length, 1))
    stretch = min(length - start, generator.choice((1, 16, 256, 4096)))
    operator = number % NUM_OPERATORS
    if operator == 0:
        damaged = bytearray(content)
        for _ in range(generator.choice((1, 8, 64))):
            if length:
                damaged[generator.randrange(length)] ^= 1 << generator.randrange(8)
        return bytes(damaged)
    if operator == 1:
        return content[:start]
    if operator == 2:
        return content[:start] + bytes(stretch) + content[start + stretch:]
    if operator == 3:
        return content[:start] + bytes(length - start)
    if operator == 4:
        return content[:start] + generator.randbytes(16) + content[start:]
    if operator == 5:
        return content[:start] + content[start + stretch:]
    if operator == 6:
        return content[:start] + content[start:start + stretch] * 3 + content[start + stretch:]
    return content[:start] + generator.randbytes(length - start)
