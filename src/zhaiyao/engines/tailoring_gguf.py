"""GGUF files: fields and tensors in, bytes out. Changes no weight, and loads no model.

Only as much of the format as copying needs: of a field's value the kind and the bytes, of a tensor the rows as they are
stored. After the description in the repository of ggml (docs/gguf.md), version 3, little-endian.
"""

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from zhaiyao.errors import EngineError

Bytes = NDArray[np.uint8]
Buffer = bytes | bytearray

UINT32, STRING, ARRAY = 4, 8, 9
"""Kinds of values that are looked into."""

F32, F16, Q5_0, Q8_0, Q4_K, Q6_K = 0, 1, 6, 8, 12, 14
"""Kinds of tensors that are known."""

BLOCKS: Mapping[int, tuple[int, int]] = {
    F32: (1, 4),
    F16: (1, 2),
    Q5_0: (32, 22),
    Q8_0: (32, 34),
    Q4_K: (256, 144),
    Q6_K: (256, 210),
}
"""By kind: how many weights lie together in a block, and the bytes of a block."""

_HEAD = struct.Struct("<4sIQQ")
_MAGIC, _VERSION = b"GGUF", 3
_ALIGNMENT = 32
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, UINT32: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A field's value as it stands in the file. `item` is the kind of an array's items."""

    kind: int
    data: bytes
    item: int = 0

    def strings(self) -> list[bytes]:
        """The items of an array of strings."""
        reader = _Reader(self.data, 12)
        return [reader.string() for _ in range(self._length())]

    def array(self, dtype: str) -> NDArray[np.generic]:
        """The items of an array of numbers."""
        return np.frombuffer(self.data, dtype, self._length(), 12)

    def number(self) -> int:
        """An unsigned number of 32 bits."""
        return int(struct.unpack("<I", self.data)[0])

    def _length(self) -> int:
        return int(struct.unpack_from("<Q", self.data, 4)[0])


def number(value: int) -> Value:
    """A number as a field's value."""
    return Value(kind=UINT32, data=struct.pack("<I", value))


def string(value: str) -> Value:
    """A text as a field's value."""
    return Value(kind=STRING, data=_name(value))


def strings(values: Iterable[bytes]) -> Value:
    """Strings as a field's value."""
    told = [struct.pack("<Q", len(value)) + value for value in values]
    return Value(kind=ARRAY, data=struct.pack("<IQ", STRING, len(told)) + b"".join(told), item=STRING)


def array(values: NDArray[np.generic], item: int) -> Value:
    """Numbers as a field's value."""
    return Value(kind=ARRAY, data=struct.pack("<IQ", item, len(values)) + values.tobytes(), item=item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """Weights as they are stored. `shape` has the length of a row first. `rows` gives the bytes of each row, in blocks
    of its kind, when it is called: so a tensor that is computed need not be held.
    """

    kind: int
    shape: tuple[int, ...]
    rows: Callable[[], Bytes]

    @property
    def size(self) -> int:
        """Bytes."""
        weights, size = BLOCKS[self.kind]
        return math.prod(self.shape) // weights * size


@dataclass(frozen=True, slots=True, kw_only=True)
class Gguf:
    """A file. Both mappings keep its order."""

    fields: dict[str, Value] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)


def read(data: Buffer, *, name: str) -> Gguf:
    """A file of that name from its bytes, which stay in use. Raises EngineError if it is none that we know."""
    try:
        magic, version, tensors, fields = _HEAD.unpack_from(data)
        if (magic, version) != (_MAGIC, _VERSION):
            raise ValueError("not GGUF of version 3")
        reader = _Reader(data, _HEAD.size)
        told = {reader.string().decode(): reader.value() for _ in range(fields)}
        heads = {reader.string().decode(): reader.tensor() for _ in range(tensors)}
        start = reader.position + -reader.position % _ALIGNMENT
        return Gguf(fields=told, tensors={key: _tensor(data, start, *head) for key, head in heads.items()})
    except (struct.error, ValueError, KeyError) as error:
        raise EngineError(f"cannot be read as GGUF: {error}", subject=name, hint="Use the whole model.") from None


def _tensor(data: Buffer, start: int, kind: int, shape: tuple[int, ...], offset: int) -> Tensor:
    weights, size = BLOCKS[kind]
    rows = math.prod(shape[1:])
    stored = np.frombuffer(data, np.uint8, shape[0] // weights * size * rows, start + offset).reshape(rows, -1)
    return Tensor(kind=kind, shape=shape, rows=lambda: stored)


class _Reader:
    """Goes through the bytes of a head."""

    def __init__(self, data: Buffer, position: int) -> None:
        self._data = data
        self.position = position

    def string(self) -> bytes:
        return self._take(self._number("<Q"))

    def tensor(self) -> tuple[int, tuple[int, ...], int]:
        shape = tuple(self._number("<Q") for _ in range(self._number("<I")))
        return self._number("<I"), shape, self._number("<Q")

    def value(self) -> Value:
        kind = self._number("<I")
        start, item = self.position, 0
        if kind == ARRAY:
            item, length = self._number("<I"), self._number("<Q")
            for _ in range(length if item == STRING else 0):
                self.string()
            self._take(0 if item == STRING else _WIDTHS[item] * length)
        elif kind == STRING:
            self.string()
        else:
            self._take(_WIDTHS[kind])
        return Value(kind=kind, data=bytes(self._data[start : self.position]), item=item)

    def _number(self, form: str) -> int:
        (number,) = struct.unpack_from(form, self._data, self.position)
        self.position += struct.calcsize(form)
        return int(number)

    def _take(self, length: int) -> bytes:
        if self.position + length > len(self._data):
            raise ValueError("cut off")
        start, self.position = self.position, self.position + length
        return bytes(self._data[start : self.position])


def written(file: Gguf) -> Iterator[bytes]:
    """The bytes of a file, tensor by tensor."""
    head = bytearray(_HEAD.pack(_MAGIC, _VERSION, len(file.tensors), len(file.fields)))
    for key, value in file.fields.items():
        head += _name(key) + struct.pack("<I", value.kind) + value.data
    offset = 0
    for key, tensor in file.tensors.items():
        sizes = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
        head += _name(key) + sizes + struct.pack("<IQ", tensor.kind, offset)
        offset += tensor.size + -tensor.size % _ALIGNMENT
    yield bytes(head) + bytes(-len(head) % _ALIGNMENT)
    for tensor in file.tensors.values():
        yield tensor.rows().tobytes()
        yield bytes(-tensor.size % _ALIGNMENT)


def _name(key: str) -> bytes:
    told = key.encode()
    return struct.pack("<Q", len(told)) + told
