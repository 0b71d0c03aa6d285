"""Pinned wheels: fetched by hash, unpacked to ``.py`` and ``.ipynb`` files, kept outside the repository."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE_SUFFIXES = (".py", ".ipynb")


class FetchError(Exception):
    """A wheel could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True)
class Pin:
    """One line of a requirements file: ``package==version``, and mostly ``--hash=sha256:digest``."""

    package: str
    version: str
    sha256: str | None

    @property
    def folder(self) -> str:
        """The name of the folder that holds the unpacked sources."""
        return f"{self.package}-{self.version}"

    @property
    def requirement(self) -> str:
        pinned = f"{self.package}=={self.version}"
        return pinned if self.sha256 is None else f"{pinned} --hash=sha256:{self.sha256}"

    def names(self, wheel: Path) -> bool:
        """Whether a wheel's file name says this package and version; a local build (``+cpu``) counts."""
        package, version = wheel.name.split("-")[:2]
        return _normal(package) == _normal(self.package) and version.partition("+")[0] == self.version


def cache_folder() -> Path:
    """Where wheels and unpacked sources live: ``$ACCUMLINT_CORPUS``, else ``~/.cache/accumlint/corpus``."""
    chosen = os.environ.get("ACCUMLINT_CORPUS")
    return Path(chosen) if chosen else Path.home() / ".cache" / "accumlint" / "corpus"


def read_pins(requirements: Path) -> list[Pin]:
    """The pins of a requirements file, in its order."""
    line = re.compile(r"(?P<package>[\w.-]+)==(?P<version>[\w.]+)(?:\s+--hash=sha256:(?P<sha256>[0-9a-f]{64}))?")
    pins = []
    for text in requirements.read_text(encoding="utf-8").splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        found = line.fullmatch(text.strip())
        if found is None:
            raise FetchError(f"{requirements}: not a pin: {text}")
        pins.append(Pin(**found.groupdict()))
    return pins


def unpacked(pins: Sequence[Pin], cache: Path) -> dict[Pin, Path]:
    """The source folder of each pin, fetched and unpacked where it is not there yet."""
    wheels, sources = cache / "wheels", cache / "unpacked"
    wheels.mkdir(parents=True, exist_ok=True)
    sources.mkdir(parents=True, exist_ok=True)
    wanted = [pin for pin in pins if not (sources / pin.folder).is_dir()]
    missing = [pin for pin in wanted if _wheel_of(pin, wheels) is None]
    if missing:
        _download(missing, wheels)
    for pin in wanted:
        wheel = _wheel_of(pin, wheels)
        if wheel is None:
            raise FetchError(f"{pin.requirement}: pip left no such wheel in {wheels}")
        _unpack(wheel, sources / pin.folder)
    return {pin: sources / pin.folder for pin in pins}


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def _wheel_of(pin: Pin, wheels: Path) -> Path | None:
    for wheel in sorted(wheels.glob("*.whl")):
        if not pin.names(wheel):
            continue
        if pin.sha256 is not None and hashlib.sha256(wheel.read_bytes()).hexdigest() != pin.sha256:
            raise FetchError(f"{wheel}: not the pinned file (its sha256 differs); delete it to fetch it again")
        return wheel
    return None


def _download(pins: Iterable[Pin], wheels: Path) -> None:
    hashed = [pin.requirement for pin in pins if pin.sha256 is not None]
    plain = [pin.requirement for pin in pins if pin.sha256 is None]
    if hashed:
        _pip_download(hashed, wheels, ["--require-hashes"])
    if plain:
        _pip_download(plain, wheels, [])


def _pip_download(requirements: Sequence[str], wheels: Path, options: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch, "requirements.txt")
        listed.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", "3.11", *options, "-r", str(listed), "-d", str(wheels)]
        if subprocess.run(command, check=False).returncode:
            raise FetchError(f"pip could not download {len(requirements)} wheels into {wheels}")


def _unpack(wheel: Path, folder: Path) -> None:
    """Unpack beside the folder and rename, so that an interrupted run leaves no half of a package."""
    scratch = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                if member.filename.endswith(SOURCE_SUFFIXES):
                    archive.extract(member, scratch)
        scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch)
        raise
