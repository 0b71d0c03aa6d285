"""Finding, reading and writing files, on a real disk."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accumlint import files
from accumlint.discovery import Selection, discover
from accumlint.engine import Problem
from accumlint.files import Content, read, write_atomically, write_output

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX file system")
pytestmark = posix


def touch(path: Path, data: bytes = b"x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(top: Path, **options: object) -> list[str]:
    """What a walk of the folder finds: paths, and problems with their reasons."""
    found = discover([top], Selection(root=top, **options))  # type: ignore[arg-type]
    return [
        f"{Path(each.path).relative_to(top)}: {each.reason}"
        if isinstance(each, Problem)
        else str(each.relative_to(top))
        for each in found
    ]


def content(path: Path) -> Content:
    found = read(path)
    assert isinstance(found, Content)
    return found


# Finding ---------------------------------------------------------------------------------------------------


def test_a_walk_finds_python_and_notebooks_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.py", "a/z.pyi", "a/y/x.ipynb", "c.txt", "a.py"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["a/y/x.ipynb", "a/z.pyi", "a.py", "b.py"]


def test_each_file_is_found_once(tmp_path: Path) -> None:
    train = touch(tmp_path / "train.py")
    found = discover([train, tmp_path, tmp_path / "." / "train.py", tmp_path / "no"] * 2, Selection(tmp_path))
    assert [str(each) if isinstance(each, Path) else each.reason for each in found] == [
        str(train),
        "no such file or folder",
    ]


def test_a_named_file_needs_no_suffix(tmp_path: Path) -> None:
    script = touch(tmp_path / "train")
    assert list(discover([script], Selection(tmp_path))) == [script]


def test_excludes_are_names_or_patterns_and_hold_below_a_named_folder(tmp_path: Path) -> None:
    for name in ("venv/a.py", "src/gen_a.py", "src/b.py", "docs/src/c.py", "docs/d.py"):
        touch(tmp_path / name)
    assert names(tmp_path, excludes=("venv", "gen_*.py", "docs/src")) == ["docs/d.py", "src/b.py"]
    assert list(discover([tmp_path / "venv/a.py"], Selection(tmp_path, ("venv",))))
    assert not list(discover([tmp_path / "venv/a.py"], Selection(tmp_path, ("venv",), force_exclude=True)))


def test_gitignore_speaks_for_its_folder_and_the_deepest_decides(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    touch(tmp_path / ".gitignore", b"build/\n*.gen.py\n/only_here.py\n")
    touch(tmp_path / "src/.gitignore", b"!kept.gen.py\n")
    for name in ("build/a.py", "a.gen.py", "src/kept.gen.py", "src/b.gen.py", "only_here.py"):
        touch(tmp_path / name)
    touch(tmp_path / "src/only_here.py")
    assert names(tmp_path) == ["src/kept.gen.py", "src/only_here.py"]
    assert [str(p) for p in discover([tmp_path / "src"], Selection(tmp_path))] == [
        str(tmp_path / "src/kept.gen.py"),
        str(tmp_path / "src/only_here.py"),
    ]
    assert "build/a.py" in names(tmp_path, respect_gitignore=False)


def test_an_ignored_folder_that_is_named_is_meant(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    touch(tmp_path / ".gitignore", b"versions/*\n*.gen.py\n")
    touch(tmp_path / "versions/3.13/a.py")
    assert names(tmp_path) == []
    assert names(tmp_path / "versions/3.13") == ["a.py"]


def test_a_hostile_gitignore_is_no_reason_to_stop(tmp_path: Path) -> None:
    touch(tmp_path / "a.py")
    touch(tmp_path / ".gitignore", b"!\n\xff[\n**" + b"a" * 10_000)
    assert names(tmp_path) == ["a.py"]
    (tmp_path / ".gitignore").unlink()
    os.mkfifo(tmp_path / ".gitignore")
    assert names(tmp_path) == ["a.py"]


def test_what_is_no_regular_file_is_named_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "folder.py").mkdir()
    touch(tmp_path / "a.py")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(tmp_path)  # a socket's path has to be short
        server.bind("socket.py")
        os.chdir(before)
        assert names(tmp_path) == [
            "a.py",
            "fifo.py: not a regular file but a FIFO",
            "socket.py: not a regular file but a socket",
        ]
        named = [tmp_path / "fifo.py", tmp_path / "socket.py", Path("/dev/null")]
        assert all(isinstance(each, Problem) for each in discover(named, Selection(tmp_path)))
        assert all(isinstance(read(path), Problem) for path in named)


def test_links_are_not_walked_and_those_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    top = tmp_path / "top"
    touch(top / "a.py")
    outside = touch(tmp_path / "outside/b.py")
    (top / "loop").symlink_to(".")
    (top / "again").symlink_to("..")
    (top / "out").symlink_to(outside.parent)
    (top / "out.py").symlink_to(outside)
    (top / "same.py").symlink_to("a.py")
    (top / "gone.py").symlink_to("nowhere.py")
    (top / "self.py").symlink_to("self.py")
    (top / "library.so").symlink_to("library.so.1")
    assert names(top) == [
        "a.py",
        "again: a link to a folder that contains it; not followed",
        "gone.py: a link that leads nowhere",
        "loop: a link to a folder that contains it; not followed",
        "self.py: a link that leads nowhere",
    ]
    assert list(discover([top / "out.py"], Selection(top))) == [top / "out.py"]


def test_a_deep_tree_is_walked_to_its_end(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(1_200):
        deep /= "d"
        deep.mkdir()
    file = touch(deep / "a.py")
    found = names(tmp_path)
    file.unlink()
    while deep != tmp_path:  # pytest removes its folders by recursion
        deep.rmdir()
        deep = deep.parent
    assert len(found) == 1


@pytest.mark.parametrize("name", ["a\nb.py", "esc\x1b[31m.py", "bidi\u202e.py", "back\\slash.py", " .py"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    assert names(tmp_path) == [name]
    assert content(tmp_path / name).data == b"x = 1\n"


def test_a_name_need_not_be_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe.py"
    with open(path, "wb"):  # noqa: PTH123  # pathlib takes no bytes
        pass
    assert [os.fsencode(name) for name in names(tmp_path)] == [b"\xff\xfe.py"]


def test_a_name_with_a_nul_is_a_problem() -> None:
    (problem,) = discover(["a\0.py"], Selection())
    assert isinstance(problem, Problem)


# Reading ---------------------------------------------------------------------------------------------------


def test_a_file_that_vanished_or_grew_too_large_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(tmp_path / "gone.py") == Problem(str(tmp_path / "gone.py"), "no such file or folder")
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 3)
    assert read(touch(tmp_path / "a.py")) == Problem(str(tmp_path / "a.py"), "too large: 6 bytes")


# Writing ---------------------------------------------------------------------------------------------------


def test_writing_keeps_the_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.py")
    path.chmod(0o751)
    assert write_atomically(path, content(path), b"y\n") is None
    assert path.read_bytes() == b"y\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.py"]


def test_the_file_behind_a_link_is_written_and_the_link_stays(tmp_path: Path) -> None:
    target = touch(tmp_path / "elsewhere/a.py")
    link = tmp_path / "link.py"
    link.symlink_to(target)
    assert write_atomically(link, content(link), b"y\n") is None
    assert link.is_symlink()
    assert target.read_bytes() == b"y\n"


def test_every_name_of_a_file_sees_the_fix(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.py", b"long line\n")
    (tmp_path / "b.py").hardlink_to(path)
    assert write_atomically(path, content(path), b"y\n") is None
    assert (tmp_path / "b.py").read_bytes() == b"y\n"
    assert path.samefile(tmp_path / "b.py")


def test_extended_attributes_are_kept(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.py")
    try:
        os.setxattr(path, "user.note", b"mine")
    except (OSError, AttributeError):
        pytest.skip("the file system has no extended attributes")
    assert write_atomically(path, content(path), b"y\n") is None
    assert os.getxattr(path, "user.note") == b"mine"


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.py")
    before = content(path)
    path.write_bytes(b"z = 1\n")  # as long, and perhaps within the same tick of the clock
    problem = write_atomically(path, before, b"y\n")
    assert problem is not None
    assert "changed since it was read" in problem.reason
    assert path.read_bytes() == b"z = 1\n"
    path.unlink()
    assert write_atomically(path, before, b"y\n") is not None
    assert not path.exists()


def test_a_file_that_was_replaced_by_its_twin_is_left_alone(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.py")
    before = content(path)
    touch(tmp_path / "twin").replace(path)
    assert write_atomically(path, before, b"y\n") is not None
    assert path.read_bytes() == b"x = 1\n"


def test_a_read_only_file_is_left_alone(tmp_path: Path) -> None:
    path = touch(tmp_path / "a.py")
    path.chmod(0o444)
    problem = write_atomically(path, content(path), b"y\n")
    assert problem is not None
    assert "read-only" in problem.reason
    assert path.read_bytes() == b"x = 1\n"


@pytest.fixture
def failing_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A disk that is full after a few bytes."""
    written: list[int] = []
    real = os.write

    def write(descriptor: int, data: memoryview) -> int:
        if written and len(data) > 2:
            raise OSError(28, "No space left on device")
        written.append(descriptor)
        return real(descriptor, data[:2])

    monkeypatch.setattr(os, "write", write)
    yield written
    monkeypatch.undo()


def test_a_full_disk_costs_nothing(tmp_path: Path, failing_disk: list[int]) -> None:
    path = touch(tmp_path / "a.py")
    problem = write_atomically(path, content(path), b"y = 2\n")
    assert problem == Problem(str(path), "not written: no space left on device")
    assert failing_disk
    assert path.read_bytes() == b"x = 1\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.py"]


@pytest.mark.parametrize("call", ["open", "write", "fsync"])
def test_an_interrupt_in_the_middle_leaves_the_old_file_alone(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = touch(tmp_path / "a.py")
    perform = getattr(os, call)

    def interrupted(target: str | Path | int, *rest: object) -> object:
        """A signal is noticed when the call is over, and what it did is done."""
        outcome = perform(target, *rest)
        if isinstance(target, int) or str(target).endswith(".tmp"):
            raise KeyboardInterrupt
        return outcome

    before = content(path)
    monkeypatch.setattr(os, call, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, before, b"y\n")
    assert path.read_bytes() == b"x = 1\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.py"]


@pytest.mark.parametrize("before", [b"the report of yesterday\n", None])
def test_an_output_file_is_whole_or_what_it_was(before: bytes | None, tmp_path: Path, failing_disk: list[int]) -> None:
    path = tmp_path / "report.json"
    if before is not None:
        path.write_bytes(before)
    reason = write_output(path, b"x" * 100)
    assert reason is not None
    assert reason.startswith("no space left")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == ([(path.name, before)] if before else [])


def test_the_longest_name_still_has_room_for_a_temporary_one(tmp_path: Path) -> None:
    path = touch(tmp_path / ("é" * 126 + ".py"))
    assert write_atomically(path, content(path), b"y\n") is None
    assert path.read_bytes() == b"y\n"


needs_another_user = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)

AS_NOBODY = """
import os, sys
from pathlib import Path
from accumlint.discovery import *
from accumlint.files import *
os.chdir(sys.argv[1])
os.setgid(65534); os.setuid(65534)
for found in discover(["."], Selection(Path.cwd())):
    found = read(found) if isinstance(found, Path) else found
    print(getattr(found, "reason", "read"))
before = read(Path("other.py"))
print(write_atomically(Path("other.py"), before, b"fixed\\n"))
"""


@needs_another_user
def test_what_may_not_be_read_or_written_is_named(tmp_path: Path) -> None:
    touch(tmp_path / "closed/a.py").parent.chmod(0)
    touch(tmp_path / "other.py").chmod(0o666)
    touch(tmp_path / "secret.py").chmod(0)
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    package = Path(files.__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, tmp_path],
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "Permission denied: " in run.stderr:
        pytest.skip("another user cannot reach the interpreter or the temporary folder here")
    # The folder takes no new file from this user, but the file may be written: in place, then.
    assert run.stdout.split("\n") == ["permission denied", "read", "permission denied", "None", ""], run.stderr
    assert (tmp_path / "other.py").read_bytes() == b"fixed\n"
