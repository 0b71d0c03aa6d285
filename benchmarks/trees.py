"""The trees that are scanned: real code from pinned wheels, and generated code that grows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.baselines import NEEDLE, files, read
from tests.corpus.wheels import cache_folder, read_pins, unpacked

HERE = Path(__file__).parent
DOUBLINGS = 4
GROWTH_FILES = 12
TRAINING_WORDS = (b"backward", b"training_step")


def corpus_s() -> list[str]:
    """torch, transformers and timm: 5,535 files, of which 104 hold a ``.backward(``."""
    return _sources(HERE / "corpus_s.txt")


def corpus_t() -> list[str]:
    """The 74 packages of the open corpus: about 16,600 files, of which 327 hold a ``.backward(``."""
    return _sources(HERE.parent / "tests" / "corpus" / "wheels.txt")


def candidates(name: str, sources: Sequence[str]) -> list[str]:
    """A tree of only those files that hold a ``.backward(``."""
    return [str(_tree(name, sources, lambda data: NEEDLE in data))]


def quiet(sources: Sequence[str]) -> list[str]:
    """A tree without training code."""
    return [str(_tree("quiet", sources, lambda data: not any(word in data for word in TRAINING_WORDS)))]


def subset(tree: Sequence[str], count: int) -> list[str]:
    """Evenly spread files of a tree, for the tools that take minutes on all of it."""
    listed = sorted(files(tree))
    return listed[:: max(1, len(listed) // count)][:count]


def training_script() -> str:
    """One real file of about 1,000 lines that trains."""
    (folder,) = [folder for folder in corpus_t() if "/denoising-diffusion-pytorch-" in folder]
    return f"{folder}/denoising_diffusion_pytorch/denoising_diffusion_pytorch.py"


def quiet_file() -> str:
    """One file without training code."""
    return _generated("quiet_file", "print('no training here')\n")


def doubled(tree: Sequence[str]) -> list[list[str]]:
    """The same few files 1, 2, 4, 8 and 16 times, each copy with bytes of its own."""
    folder = fresh("doubled")
    chosen = subset(tree, GROWTH_FILES)
    copies = []
    for copy in range(2**DOUBLINGS):
        target = folder / f"copy{copy}"
        target.mkdir()
        for index, path in enumerate(chosen):
            (target / f"{index}.py").write_bytes(read(path) + b"\n# copy %d\n" % copy)
        copies.append(str(target))
    return [copies[: 2**power] for power in range(DOUBLINGS + 1)]


def long_loops(lengths: Iterable[int]) -> list[str]:
    """Files with one training loop of so many lines."""
    return [_generated(f"loop_{length}", _long_loop(length)) for length in lengths]


def many_functions(counts: Iterable[int]) -> list[str]:
    """Files with one short training loop and so many other functions."""
    return [_generated(f"functions_{count}", _many_functions(count)) for count in counts]


def peers() -> Path:
    """The ``bin`` folder of an environment that holds the peers, made on first use."""
    environment = cache_folder() / "peers"
    binaries = environment / ("Scripts" if sys.platform == "win32" else "bin")
    if not (binaries / "ruff").exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        install = [str(binaries / "pip"), "install", "--quiet", "-r", str(HERE / "peers.txt")]
        subprocess.run(install, check=True)
    return binaries


def _sources(requirements: Path) -> list[str]:
    return [str(folder) for folder in unpacked(read_pins(requirements), cache_folder()).values()]


def fresh(name: str) -> Path:
    """An empty folder of this name, beside the corpus."""
    folder = cache_folder() / "trees" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _tree(name: str, sources: Sequence[str], wanted: Callable[[bytes], bool]) -> Path:
    """A copy of the wanted files, in their folders: ``<package>/<path>``."""
    folder = fresh(name)
    for source in sources:
        for path in files([source]):
            data = read(path)
            if wanted(data):
                target = folder / Path(path).relative_to(Path(source).parent)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
    return folder


def _generated(name: str, text: str) -> str:
    path = fresh(name) / "train.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def _long_loop(length: int) -> str:
    body = "".join(f"        value_{line} = model.layer_{line}(batch) + {line}\n" for line in range(max(0, length - 8)))
    return (
        "def train(model, loader, criterion, optimizer, accum_steps):\n"
        "    total, steps = 0.0, 0\n"
        "    for index, (batch, target) in enumerate(loader):\n"
        f"{body}"
        "        raw = criterion(model(batch), target)\n"
        "        loss = raw / accum_steps\n"
        "        loss.backward()\n"
        "        total += raw.item()\n"
        "        if (index + 1) % accum_steps == 0:\n"
        "            optimizer.step()\n"
        "            optimizer.zero_grad()\n"
        "            steps += 1\n"
        "    return total / steps\n"
    )


def _many_functions(count: int) -> str:
    others = "".join(f"\n\ndef helper_{index}(value):\n    return value * {index}\n" for index in range(count))
    return _long_loop(0) + others
