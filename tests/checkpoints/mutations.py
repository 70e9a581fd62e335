"""Hostile and damaged checkpoints, and a long fuzz run: `python tests/checkpoints/mutations.py`.

The run mutates one small file of every kind and reads the result. It stops at the first file
that takes longer than five seconds, runs code, or fails with anything but a CheckpointError.
"""

from __future__ import annotations

import argparse
import faulthandler
import functools
import os
import pickle
import random
import struct
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import writers

from stylestudio.checkpoints import (
    CheckpointError,
    read_checkpoint,
    write_rosinality,
    write_safetensors,
)

TRAP = Path(tempfile.gettempdir(), f"stylestudio-trap-{os.getpid()}")  # executed code makes it
SECONDS = 5.0


class Trap:
    """Unpickled by an ordinary loader, this makes a folder."""

    def __reduce__(self):
        return os.mkdir, (str(TRAP),)


class Raw:
    """Pickles as a call of any function with any arguments."""

    def __init__(self, function, *arguments, state=None):
        self.parts = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.parts


def sprung() -> bool:
    return TRAP.exists()


def _op(code: bytes, size_format: str, size: int, payload: bytes = b"") -> bytes:
    return b"\x80\x04" + code + struct.pack(size_format, size) + payload + b"."


def _in_weights(value) -> bytes:
    """A sound file but for one weight."""
    tree = writers.nvidia_tree(writers.small_generator())
    blocks = tree.meta["state"]["_modules"]["synthesis"].meta["state"]["_modules"]
    blocks["b4"].meta["state"]["_parameters"]["const"] = value
    return writers.dumps({"G_ema": tree})


def _storage(data: bytes):
    return Raw(torch.storage._load_from_bytes, data)


def _tensor(storage, offset, size, stride):
    return Raw(torch._utils._rebuild_tensor_v2, storage, offset, size, stride, False, None)


def _getattr_chain() -> bytes:
    def text(value: str) -> bytes:
        return pickle.BINUNICODE + struct.pack("<I", len(value)) + value.encode()

    module = b"cbuiltins\n__import__\n" + text("os") + b"\x85R"
    function = b"cbuiltins\ngetattr\n" + module + text("mkdir") + b"\x86R"
    return b"\x80\x02" + function + text(str(TRAP)) + b"\x85R."


def _huge_storage() -> bytes:
    data = writers.legacy_torch(torch.zeros(7)._typed_storage())
    return data.replace(b"K\x07", b"\x8a\x06\x00\x00\x00\x00\x00\x10")


def _array(dtype, shape, data) -> Raw:
    reconstruct = np.zeros(0).__reduce__()[0]
    return Raw(reconstruct, np.ndarray, (0,), b"b", state=(1, shape, dtype, False, data))


def _laughs() -> bytes:
    """Modules that hold each other twice, level upon level."""
    node = writers.Persistent("Generator", {"_parameters": {}, "_buffers": {}, "_modules": {}})
    for _ in range(60):
        children = {"a": node, "b": node}
        node = writers.Persistent("Generator", {"_parameters": {}, "_modules": children})
    return writers.dumps({"G_ema": node})


def _cycle() -> bytes:
    children: dict = {}
    node = writers.Persistent("Generator", {"_parameters": {}, "_modules": children})
    children["again"] = node
    return writers.dumps({"G_ema": node}, protocol=4)


def _many_tensors(protocol: int) -> bytes:
    """One tensor under very many names, its storage packed anew for each of some hundred."""
    weights = torch.zeros(100_000)
    window = weights[:1]
    tree = writers.nvidia_tree(writers.small_generator())
    state = tree.meta["state"]
    data = weights._typed_storage().__reduce__()[1][0]
    state["_parameters"] = {
        f"p{i}": _tensor(_storage(data), 0, (1,), (1,)) if i < 500 else window
        for i in range(20_000)
    }
    return writers.dumps({"G_ema": tree}, protocol)


def _many_layers() -> bytes:
    """One long list of settings in every one of very many layers."""
    settings = {f"s{i}": i for i in range(50_000)}
    layer = writers.Persistent("Layer", settings)
    children = {f"m{i}": layer for i in range(4_000)}
    return writers.dumps(
        {"G_ema": writers.Persistent("Generator", {"_parameters": {}, "_modules": children})}
    )


def _many_networks() -> bytes:
    """TensorFlow networks that hold each other a hundred times, level upon level."""
    node = writers.tensorflow_network(writers.small_generator())
    for _ in range(3):
        node.components = {f"c{i}": node for i in range(100)} | node.components
    return writers.dumps(node)


def _wide_mapping() -> bytes:
    weights = writers.small_generator().state_dict()
    weights["mapping.fc0.weight"] = torch.zeros(10, 10**5)
    del weights["mapping.w_avg"]
    return writers.zip_torch(dict(weights))


def _colliding_keys(count: int = 60_000) -> bytes:
    keys = ((2**61 - 1) * i for i in range(1, count))
    items = b"".join(pickle.dumps(key, 2)[2:-1] + b"N" for key in keys)
    return b"\x80\x04}(" + items + b"u."


@functools.cache
def hostile() -> dict[str, bytes]:
    """Files that must be refused; none of them may run code, hang or take much memory."""
    floats = writers.legacy_torch(torch.zeros(128).untyped_storage())
    good = _storage(writers.legacy_torch(torch.zeros(128)._typed_storage()))
    deep = 600_000
    return {
        "call": writers.dumps(Trap()),
        "call for protocol 2": writers.dumps(Trap(), 2),
        "call as generator": writers.dumps({"G_ema": Trap()}),
        "call as weight": _in_weights(Trap()),
        "call in storage": _in_weights(_tensor(_storage(pickle.dumps(Trap())), 0, (1,), (1,))),
        "call in torch file": _in_weights(
            _tensor(_storage(writers.legacy_torch(Trap())), 0, (8, 4, 4), (16, 4, 1))
        ),
        "call in zip": writers.zip_torch(Trap()),
        "call in legacy torch": writers.legacy_torch(Trap()),
        "eval": writers.dumps(Raw(eval, f"__import__('os').mkdir('{TRAP}')")),
        "getattr chain": _getattr_chain(),
        "text protocol": f"cos\nmkdir\n(S'{TRAP}'\ntR.".encode(),
        "object scalar": _in_weights(Raw(np.float64(1).__reduce__()[0], np.dtype("O"), b"x" * 8)),
        "object array": _in_weights(_array(np.dtype("O"), (1,), [Trap()])),
        "record array": _in_weights(_array(np.dtype([("a", "f4")]), (1,), b"abcd")),
        "huge array": _in_weights(_array(np.dtype("f4"), (2**40,), b"abcd")),
        "huge tensor": _in_weights(_tensor(good, 0, (2**40,), (1,))),
        "repeating tensor": _in_weights(_tensor(good, 0, (2**20, 2**20), (0, 0))),
        "offset tensor": _in_weights(_tensor(good, 2**40, (8, 4, 4), (16, 4, 1))),
        "negative tensor": _in_weights(_tensor(good, 0, (8, 4, 4), (-16, 4, 1))),
        "tensor of text": _in_weights(_tensor("abc", 0, (8, 4, 4), (16, 4, 1))),
        "untyped storage": _in_weights(_tensor(_storage(floats), 0, (8, 4, 4), (16, 4, 1))),
        "huge storage": _in_weights(_tensor(_storage(_huge_storage()), 0, (8, 4, 4), (16, 4, 1))),
        "huge bytes": _op(pickle.BINBYTES8, "<Q", 2**62),
        "huge text": _op(pickle.BINUNICODE8, "<Q", 2**62),
        "huge bytearray": _op(pickle.BYTEARRAY8, "<Q", 2**62),
        "huge long": _op(pickle.LONG4, "<i", 2**31 - 1),
        "negative long": _op(pickle.LONG4, "<i", -5),
        "long of a megabyte": _op(pickle.LONG4, "<i", 2**20, b"\x01" * 2**20),
        "huge frame": _op(pickle.FRAME, "<Q", 2**63),
        "huge memo index": b"\x80\x04]" + pickle.LONG_BINPUT + b"\xff\xff\xff\xff.",
        "memo that is not there": b"\x80\x04" + pickle.LONG_BINGET + b"\xff\xff\xff\xff.",
        "deep tuple": b"\x80\x04)" + b"\x85" * deep + b".",
        "deep tuple as key": b"\x80\x04})" + b"\x85" * deep + b"Ns.",
        "deep list": b"\x80\x04" + b"]" * deep + b"a" * (deep - 1) + b".",
        "deep calls": b"\x80\x04)" + b")R" * deep + b".",
        "many objects": b"\x80\x04" + b"}\x94" * 3_000_000 + b".",
        "doubling tuples": b"\x80\x04]" + b"2\x86" * 200 + b".",
        "doubling keys": b"\x80\x04})" + b"2\x86" * 200 + b"Ns.",
        "colliding keys": _colliding_keys(),
        "a list in itself": b"\x80\x04]\x94h\x00a.",
        "a module in itself": _cycle(),
        "modules without end": _laughs(),
        "many tensors": _many_tensors(4),
        "many tensors in protocol 2": _many_tensors(2),
        "many layers": _many_layers(),
        "networks without end": _many_networks(),
        "wide mapping": _wide_mapping(),
        "extension code": b"\x80\x04\x82\x01.",
        "outside buffer": b"\x80\x05\x97.",
        "persistent id": b"\x80\x04K\x01Q.",
        "wrong protocol": b"\x80\x63N.",
        "empty stack": b"\x80\x04.",
        "bad unicode": _op(pickle.SHORT_BINUNICODE, "<B", 2, b"\xff\xfe"),
        "name of numbers": b"\x80\x04K\x01K\x02\x93.",
        "endless name": b"\x80\x02c" + b"a" * 100_000 + b".",
    }


def mistaken() -> dict[str, bytes]:
    """Files that people drop by mistake."""
    return {
        "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 4,
        "png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "zip": b"PK\x03\x04" + bytes(60),
        "empty zip": b"PK\x05\x06" + bytes(18),
        "text": "dies ist kein Modell, sondern ein Brief über Bäume\n".encode() * 200,
        "one letter": b"a",
        "one byte": b"\x80",
        "web page": b"\n<!DOCTYPE html><html><body>Quota exceeded</body></html>",
        "git lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "zeros": bytes(5000),
        "noise": random.Random(0).randbytes(5000),
        "gzip": b"\x1f\x8b\x08\x00" + bytes(100),
        "video": b"\x00\x00\x00\x18ftypmp42" + bytes(100),
        "empty": b"",
    }


def sound(folder: Path) -> dict[str, bytes]:
    """A small sound file of every kind, structure rather than weights for the most part."""
    network = writers.small_generator(img_resolution=8, channels=(3, 2), w_dim=4, z_dim=4)
    alias_free = writers.small_stylegan3(w_dim=4, z_dim=4)
    write_safetensors(folder / "own.safetensors", network, name="own", metadata={"author": "me"})
    write_safetensors(folder / "own3.safetensors", alias_free, name="own")
    write_rosinality(folder / "own.pt", network)
    other = torch.load(folder / "own.pt", weights_only=True)
    training = {**other, "args": argparse.Namespace(path="/x"), "g_optim": {"state": {0: 1}}}
    tree = writers.nvidia_tree(network)
    files = {
        "safetensors": (folder / "own.safetensors").read_bytes(),
        "stylegan3 safetensors": (folder / "own3.safetensors").read_bytes(),
        "rosinality zip": writers.zip_torch(training),
        "rosinality legacy": writers.legacy_torch(training),
        "module zip": writers.zip_torch({"G_ema": tree}),
        "module legacy": writers.legacy_torch({"G_ema": tree}),
        "bare weights": writers.zip_torch(dict(network.state_dict())),
        "stylegan3": writers.dumps({"G_ema": writers.stylegan3_tree(alias_free)}),
        "tensorflow": writers.dumps((1, 2, writers.tensorflow_network(network))),
        "tensorflow 2": writers.dumps(writers.tensorflow_network(network), 2),
        "tensorflow 0": writers.dumps(writers.tensorflow_network(network), 0),
    }
    for protocol in (0, 1, 2, 3, 4):
        files[f"nvidia {protocol}"] = writers.dumps(
            {"G_ema": tree, "training_set_kwargs": {"path": "/x"}}, protocol
        )
    return files


def mutate(data: bytes, source: random.Random) -> bytes:
    """The same file with one to five small or large injuries."""
    result = bytearray(data)
    for _ in range(source.randint(1, 5)):
        at = source.randrange(len(result))
        length = min(source.choice([1, 1, 2, 4, 8, 64, 1000]), len(result) - at)
        kind = source.randrange(8)
        if kind <= 2:
            result[at] = source.randrange(256)
        elif kind == 3:
            result[at] ^= 1 << source.randrange(8)
        elif kind == 4:
            extreme = source.choice([b"\xff", b"\x00", b"\x7f", b"\x80"])
            result[at : at + length] = extreme * length
        elif kind == 5:
            del result[at : at + length]
        elif kind == 6:
            start = source.randrange(len(result))
            result[at:at] = result[start : start + length]
        else:
            ops = source.choice([b"R", b"b", b"0", b"2", b"e", b"u", b"t", b"\x93", b"\x81", b"Q"])
            result[at : at + 1] = ops
        if not result:
            result = bytearray(b"\x80")
    if source.random() < 0.05:
        del result[source.randrange(len(result)) :]
    return bytes(result)


def survive(path: Path) -> bool:
    """Read one damaged file; True if it was refused. Raises AssertionError if it did harm."""
    started = time.process_time()
    try:
        read_checkpoint(path)
    except CheckpointError as error:
        message = str(error)
        assert message.endswith("."), message
        assert "\n" not in message, message
        assert message.startswith(path.name), message
        refused = True
    else:
        refused = False
    assert time.process_time() - started < SECONDS, "took too long"
    return refused


def run(count: int, seed: int, folder: Path) -> int:
    """Read `count` mutated files; how many were refused."""
    files = sound(folder)
    refused = 0
    for i in range(count):
        kind = list(files)[i % len(files)]
        path = folder / "mutant.pkl"
        path.write_bytes(mutate(files[kind], random.Random(f"{seed} {i}")))
        try:
            refused += survive(path)
        except Exception as error:
            raise AssertionError(f"mutant {i} of seed {seed} ({kind}): {error!r}") from error
    assert not sprung(), "code in a file was executed"
    return refused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    faulthandler.enable()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        refused = run(options.count, options.seed, Path(folder))
    print(f"{options.count} mutated files: {refused} refused, the others read, none did harm")  # noqa: T201


if __name__ == "__main__":
    main()
