"""What configuration and options make of a scan, by the installed command: rules, files, names that are taught."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import RIGHT, WRONG
from tests.command import run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one wrong script."""
    (tmp_path / "train.py").write_text(WRONG)
    return tmp_path


def found(*args: str, cwd: Path, stdin: str = "") -> list[str]:
    """The codes that a scan finds."""
    done = run("scan", "--output-format", "json", *args, cwd=cwd, stdin=stdin)
    assert done.returncode in (0, 1), done.stderr
    return [finding["code"] for finding in json.loads(done.stdout)]


def configure(folder: Path, text: str) -> None:
    (folder / "accumlint.toml").write_text(text)


# Rules -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("selector", ["ALL", "ACC", "ACC0", "ACC001", "inflated-loss-metric"])
def test_whatever_names_a_rule_names_it_everywhere(project, selector):
    assert found("--select", selector, cwd=project) == ["ACC001"]
    assert found("--ignore", selector, cwd=project) == []
    for text in (
        f"ignore = ['{selector}']",
        f"[per-file-ignores]\n'*.py' = ['{selector}']",
        f"[per-file-ignores]\n'!other.py' = ['{selector}']",
    ):
        configure(project, text)
        assert found(cwd=project) == []
        assert found("--stdin-filename", "train.py", "-", cwd=project, stdin=WRONG) == []
    configure(project, f"[severity]\n{selector} = 'warning'")
    assert b"ACC001 warning" in run("scan", cwd=project).stdout


def test_nothing_selected_is_nothing_run(project):
    configure(project, "select = []")
    assert found(cwd=project) == []
    configure(project, "select = []\nextend-select = ['ACC002']")
    assert found(cwd=project) == []
    assert "# rules that run: ACC002\n" in run("scan", "--show-settings", cwd=project).stdout.decode()
    assert found("--extend-select", "ACC001", cwd=project) == ["ACC001"]


@pytest.mark.parametrize("selector", ["ACC208", "token-mean-of-means"])
def test_extend_select_adds_a_rule_that_is_off(project, selector):
    (project / "tokens.py").write_text((ROOT / "examples/wrong/token_mean_of_means.py").read_text())
    assert found(cwd=project) == ["ACC001"]
    assert sorted(found("--extend-select", selector, cwd=project)) == ["ACC001", "ACC208"]
    assert found("--select", "ACC002", "--extend-select", selector, cwd=project) == ["ACC208"]
    configure(project, f"extend-select = ['{selector}']")
    assert sorted(found(cwd=project)) == ["ACC001", "ACC208"]
    assert ", ACC208\n" in run("scan", "--show-settings", cwd=project).stdout.decode()


# What is wrong with them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args, message",
    [
        (["--select", "ACC9"], "Invalid value for '--select': no rule 'ACC9'; see accumlint rules"),
        (["--ignore", "Loss-Metric"], "Invalid value for '--ignore': no rule 'Loss-Metric'; did you mean "),
        (["--extend-select", "ACC01x"], "Invalid value for '--extend-select': no rule 'ACC01x'"),
        (["--exclude", "!"], "Invalid value for '--exclude': '!' is not a pattern of files"),
        (["--extend-exclude", "a,#b"], "Invalid value for '--extend-exclude': '#b' is not a pattern of files"),
    ],
)
def test_a_bad_option_is_named_and_not_the_configuration_file(project, args, message):
    configure(project, "select = ['ACC001']\nexclude = ['venv']")
    done = run("scan", *args, cwd=project)
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert b"accumlint.toml" not in done.stderr


@pytest.mark.parametrize(
    "text, message",
    [
        ("select = ['ACC9']", "tool.accumlint.select: no rule 'ACC9'; see accumlint rules"),
        ("exclude = ['!']", "tool.accumlint.exclude: '!' is not a pattern of files"),
        (
            "severity = {ACC001 = 'bad'}",
            "tool.accumlint.severity: \"ACC001\": expected 'error' or 'warning', got \"bad\"",
        ),
        ("per-file-ignores = {'!' = ['ACC001']}", "tool.accumlint.per-file-ignores: '!' is not a pattern of files"),
        ("'a\u202e\\u001b[31m' = 1".replace("'", '"'), "tool.accumlint.a\\u202e\\x1b[31m: unknown key"),
    ],
)
def test_a_bad_setting_is_said_with_its_file_and_whole_key(project, text, message):
    (project / "pyproject.toml").write_text(f"[tool.accumlint]\n{text}\n")
    for command in ("scan", "fix", "baseline"):
        done = run(command, cwd=project)
        assert done.returncode == 2
        assert done.stderr.decode().startswith(f"Error: {project / 'pyproject.toml'}: {message}")
    assert (project / "train.py").read_text() == WRONG


@pytest.mark.parametrize(
    "typed, meant", [("sacn", "scan"), ("check", "scan"), ("lint", "scan"), ("rule", "rules"), ("explian", "explain")]
)
def test_a_command_that_is_nearly_one_is_suggested(project, typed, meant):
    done = run(typed, cwd=project)
    assert done.returncode == 2
    assert f"No such command '{typed}'; did you mean '{meant}'?" in done.stderr.decode()


def test_a_rule_that_is_nearly_one_is_suggested(project):
    assert b"no rule 'ACC01'; did you mean 'ACC001'?" in run("explain", "ACC01", cwd=project).stderr


def test_folders_whose_names_speak_to_the_terminal(tmp_path):
    folder = tmp_path / "\x1b[31mred\u202e"
    folder.mkdir()
    configure(folder, "ignroe = []")
    done = run("scan", cwd=folder)
    assert done.returncode == 2
    assert "\\x1b[31mred\\u202e/accumlint.toml: ignroe: unknown key" in done.stderr.decode()
    configure(folder, "")
    shown = run("scan", "--show-settings", cwd=folder).stdout.decode()
    assert "\x1b" not in shown
    assert "\\x1b[31mred\\u202e" in shown


# Files -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files that some setting or other is about."""
    for name in ("a.py", "venv/b.py", "skip/c.py", "ignored.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(WRONG)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    return tmp_path


def files(*args: str, cwd: Path) -> list[str]:
    return run("scan", "--show-files", *args, cwd=cwd).stdout.decode().splitlines()


@pytest.mark.parametrize(
    "settings, expected",
    [
        ("", ["a.py", "skip/c.py"]),
        ("exclude = ['skip']", ["a.py", "venv/b.py"]),
        ("extend-exclude = ['skip', 'a.*']", []),
        ("extend-exclude = ['!venv']", ["a.py", "skip/c.py", "venv/b.py"]),
        ("respect-gitignore = false", ["a.py", "ignored.py", "skip/c.py"]),
    ],
)
def test_which_files_the_configuration_means(tree, settings, expected):
    configure(tree, settings)
    assert files(cwd=tree) == expected


def test_files_that_are_named_and_excluded(tree):
    assert files("venv/b.py", "a.py", cwd=tree) == ["venv/b.py", "a.py"]
    configure(tree, "force-exclude = true")
    assert files("venv/b.py", "a.py", cwd=tree) == ["a.py"]


def test_standard_input_of_an_excluded_file_is_left_alone(tree):
    named = ["--stdin-filename", "venv/b.py", "-"]
    assert found(*named, cwd=tree, stdin=WRONG) == ["ACC001"]
    assert run("fix", *named, cwd=tree, stdin=WRONG).stdout.decode() == RIGHT
    assert found("--force-exclude", *named, cwd=tree, stdin=WRONG) == []
    configure(tree, "force-exclude = true")
    assert found(*named, cwd=tree, stdin=WRONG) == []
    done = run("fix", *named, cwd=tree, stdin=WRONG)
    assert (done.returncode, done.stdout.decode()) == (0, WRONG)
    assert run("fix", "-", cwd=tree, stdin=WRONG).stdout.decode() == RIGHT
    assert files(*named, cwd=tree) == []
    assert files("--stdin-filename", "a.py", "-", cwd=tree) == ["a.py"]


@pytest.mark.parametrize("command", ["scan", "fix", "baseline", "trace"])
def test_an_empty_path_is_not_the_working_directory(project, command):
    """``accumlint fix "$FILES"`` with no FILES."""
    done = run(command, "", cwd=project)
    assert done.returncode == 2
    assert done.stderr == b'accumlint: "": an empty path names nothing\n'
    assert (project / "train.py").read_text() == WRONG


# Names that are taught -------------------------------------------------------------------------------------

OPAQUE = """\
from mylib import Tracker

def train(model, loader, optimizer, criterion, cfg, is_boundary):
    tracker = Tracker()
    for x, y in loader:
        loss = criterion(model(x), y) / cfg.zorp
        loss.backward()
        if is_boundary():
            optimizer.step()
            optimizer.zero_grad()
        tracker.update(loss.item(), y.size(0))
    print("loss", tracker.avg)
"""


@pytest.mark.parametrize("n", ["zorp", "cfg.zorp"])
@pytest.mark.parametrize("meter", ["Tracker", "mylib.Tracker"])
def test_names_of_n_and_meters_are_taught_with_or_without_their_module(project, n, meter):
    (project / "train.py").write_text(OPAQUE)
    for text in ("", f"accumulation-names = ['{n}']", f"meters = ['{meter}']"):
        configure(project, text)
        assert "ACC003" not in found(cwd=project)
    configure(project, f"accumulation-names = ['{n}']\nmeters = ['{meter}']")
    assert "ACC003" in found(cwd=project)
    assert b"divided by cfg.zorp" in run("trace", "train.py", cwd=project).stdout, n
