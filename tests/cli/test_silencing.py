"""Comments that silence, and the baseline, by the installed command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import RIGHT, WRONG
from tests.command import run

AGAINST = ["--baseline", "accumlint-baseline.json"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one wrong script."""
    (tmp_path / "train.py").write_text(WRONG)
    return tmp_path


def with_comment(comment: str) -> str:
    return WRONG.replace(".item()\n", f".item()  {comment}\n")


def reported(*args: str, cwd: Path) -> list[str]:
    """The findings of a scan as ``code message``."""
    done = run("scan", "--output-format", "json", *args, cwd=cwd)
    assert done.returncode in (0, 1), done.stderr
    return [f"{finding['code']} {finding['message']}" for finding in json.loads(done.stdout)]


# Comments --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        with_comment("# noqa: ACC001"),
        with_comment("# noqa: E501, ACC001"),
        with_comment("# noqa"),
        with_comment("# accumlint: ignore[ACC001] the caller divides"),
        with_comment("# accumlint: ignore[inflated-loss-metric]"),
        with_comment("# accumlint: ignore"),
        WRONG.replace(
            "        train_loss +=", "        # accumlint: ignore[ACC001] the caller divides\n        train_loss +="
        ),
        f"# accumlint: skip-file\n{WRONG}",
    ],
)
def test_what_silences_a_finding(project, text):
    (project / "train.py").write_text(text)
    assert reported("--report-unused-ignores", cwd=project) == []
    run("fix", cwd=project)
    assert (project / "train.py").read_text() == text


@pytest.mark.parametrize(
    "comment",
    ["(ACC001)", " (ACC001)", "=ACC001", "[ACC001", " [ACC001]", "[]", "[ , ]", ": ACC001", " ACC001", "-file"],
)
def test_a_slip_silences_nothing_and_is_named(project, comment):
    written = f"# accumlint: ignore{comment}"
    (project / "train.py").write_text(with_comment(f"{written}  # noqa: E501"))
    assert [finding.partition(" ")[0] for finding in reported(cwd=project)] == ["ACC001"]
    assert f"ACC000 `{written}` silences nothing here: not understood" in reported(
        "--report-unused-ignores", cwd=project
    )


def test_other_tools_are_left_alone(project):
    comments = "# noqa: E501  # type: ignore  # pylint: disable=all  # noqa: F401,ACCESS"
    (project / "train.py").write_text(with_comment(comments))
    assert len(reported("--report-unused-ignores", cwd=project)) == 1
    run("scan", "--add-ignores", "why", cwd=project)
    assert (project / "train.py").read_text() == with_comment(f"{comments}  # accumlint: ignore[ACC001] why")


@pytest.mark.parametrize(
    "text, message",
    [
        ("x = 1  # noqa: ACC001\n", "`ACC001`"),
        ("x = 1  # noqa: E501,acc2\n", "`acc2`"),
        ("x = 1  # accumlint: ignore[loss-metrik]\n", "`loss-metrik`"),
        ("x = 1  # accumlint: ignore\n", "`# accumlint: ignore`"),
        ("# accumlint: skip-file\nx = 1\n", "`# accumlint: skip-file`"),
        (f"# accumlint: skip-file\n{RIGHT}", "`# accumlint: skip-file`"),
        (RIGHT.replace(".item()\n", ".item()  # accumlint: ignore\n"), "`# accumlint: ignore`"),
        (RIGHT.replace(".item()\n", ".item()  # noqa\n"), None),
        ("x = 1  # noqa: E501\n", None),
        ("x = '# noqa: ACC001'\n", None),
    ],
)
@pytest.mark.parametrize("path", [".", "train.py"])
def test_what_silences_nothing_is_named_in_any_file(project, path, text, message):
    (project / "train.py").write_text(text)
    assert reported(path, cwd=project) == []
    expected = [] if message is None else [f"ACC000 {message} silences nothing here"]
    assert reported("--report-unused-ignores", path, cwd=project) == expected


@pytest.mark.parametrize("ignore", ["noqa: ACC001", "noqa: ACC0", "accumlint: ignore", "accumlint: ignore[ACC208]"])
def test_what_would_silence_a_rule_that_did_not_run_is_not_named(project, ignore):
    (project / "train.py").write_text(f"x = 1  # {ignore}\n")
    assert reported("--report-unused-ignores", "--select", "ACC201", cwd=project) == []
    (project / "accumlint.toml").write_text("[per-file-ignores]\n'train.py' = ['ALL']\n")
    assert reported("--report-unused-ignores", cwd=project) == []


# The baseline ----------------------------------------------------------------------------------------------


def entries(folder: Path) -> list[str]:
    kept = json.loads((folder / "accumlint-baseline.json").read_bytes())["findings"]
    return sorted(f"{entry['path']} {entry['code']}" for entry in kept)


@pytest.fixture
def known(project: Path) -> Path:
    """A folder with a baseline of two files and two rules."""
    (project / "plain.py").write_text(WRONG.replace("max(optimizer_steps, 1)", "len(loader)"))
    run("baseline", cwd=project)
    assert entries(project) == ["plain.py ACC002", "train.py ACC001"]
    return project


def test_a_file_that_cannot_be_checked_keeps_its_entries(known):
    (known / "train.py").write_text(f"{WRONG}def (")
    done = run("scan", *AGAINST, cwd=known)
    assert done.returncode == 2
    assert b"fixed" not in done.stderr
    done = run("baseline", cwd=known)
    assert (done.returncode, done.stdout) == (2, b"accumlint-baseline.json: 2 findings\n")
    assert entries(known) == ["plain.py ACC002", "train.py ACC001"]


@pytest.mark.parametrize(
    "args, config",
    [
        (["--select", "ACC002"], ""),
        (["--ignore", "ACC001"], ""),
        ([], "[per-file-ignores]\n'train.py' = ['ACC001']\n"),
        (["plain.py"], ""),
    ],
)
def test_entries_of_what_was_not_looked_for_stay(known, args, config):
    (known / "accumlint.toml").write_text(config)
    done = run("scan", *AGAINST, *args, cwd=known)
    assert (done.returncode, done.stderr) == (0, b"")
    assert run("baseline", *args, cwd=known).returncode == 0
    assert entries(known) == ["plain.py ACC002", "train.py ACC001"]


def test_entries_of_a_deleted_file_go(known):
    (known / "train.py").unlink()
    done = run("scan", *AGAINST, "plain.py", cwd=known)
    assert b"1 entry is fixed; run accumlint baseline to drop it" in done.stderr
    assert run("baseline", "plain.py", cwd=known).stdout == b"accumlint-baseline.json: 1 finding, 1 fixed since\n"
    assert entries(known) == ["plain.py ACC002"]


def test_no_baseline_of_nothing(project):
    done = run("baseline", "nowhere.py", "-o", "new.json", cwd=project)
    assert done.returncode == 2
    assert not (project / "new.json").exists()
