from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from accumlint.config import ConfigError, Settings, find, load, show
from accumlint.diagnostic import Severity

EVERYTHING = """\
select = ["ACC0", "acc201"]
extend-select = ["ACC208"]
ignore = ["ACC002"]
exclude = ["vendored"]
extend-exclude = ["*_pb2.py"]
force-exclude = true
respect-gitignore = false
fail-on = "error"
accumulation-names = ["grad_chunks", "cfg.train.chunks"]
meters = ["RunningMean"]

[per-file-ignores]
"tests/*" = ["ACC"]

[severity]
ACC002 = "error"
"""


def write(folder: Path, text: str, name: str = "accumlint.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


def test_every_key(tmp_path):
    settings = load(write(tmp_path, EVERYTHING))
    assert settings == Settings(
        root=tmp_path,
        file=tmp_path / "accumlint.toml",
        select=("ACC0", "ACC201"),
        extend_select=("ACC208",),
        ignore=("ACC002",),
        per_file_ignores=(("tests/*", ("ACC",)),),
        exclude=("vendored",),
        extend_exclude=("*_pb2.py",),
        force_exclude=True,
        respect_gitignore=False,
        fail_on="error",
        severity=(("ACC002", Severity.ERROR),),
        accumulation_names=("grad_chunks", "cfg.train.chunks"),
        meters=("RunningMean",),
    )


def test_show_is_a_file_with_the_same_settings(tmp_path):
    settings = load(write(tmp_path / "a", EVERYTHING))
    again = load(write(tmp_path / "b", show(settings)))
    assert (again.root, again.file) == (tmp_path / "b", tmp_path / "b/accumlint.toml")
    assert show(again).splitlines()[1:] == show(settings).splitlines()[1:]
    assert set(tomllib.loads(show(Settings()))) | {"select"} == set(tomllib.loads(show(settings)))


def test_the_nearest_file_counts_alone(tmp_path):
    write(tmp_path, '[tool.accumlint]\nselect = ["ACC0"]', "pyproject.toml")
    write(tmp_path / "a/b", "[project]\nname = 'other'", "pyproject.toml")
    write(tmp_path / "c", "ignore = ['ACC001']")
    assert find(tmp_path / "a/b") == tmp_path / "pyproject.toml"
    assert load(tmp_path / "a/b").select == ("ACC0",)
    assert load(tmp_path / "c").select is None
    assert load(tmp_path / "c").ignore == ("ACC001",)


def test_accumlint_toml_wins_over_pyproject_in_one_folder(tmp_path):
    write(tmp_path, "[tool.accumlint]\nignore = ['ACC001']", "pyproject.toml")
    write(tmp_path, "ignore = ['ACC002']")
    assert load(tmp_path).ignore == ("ACC002",)


def test_the_command_line_wins(tmp_path):
    write(tmp_path, "ignore = ['ACC001']\nforce-exclude = true")
    settings = load(tmp_path, {"ignore": ("ACC003",), "select": None, "force_exclude": None})
    assert settings.ignore == ("ACC003",)
    assert settings.force_exclude is True


@pytest.mark.parametrize(
    "text, message",
    [
        ("ignroe = []", "ignroe: unknown key; did you mean 'ignore'?"),
        ("per_file_ignores = {}", "per_file_ignores: unknown key; did you mean 'per-file-ignores'?"),
        ("zzzzzzzz = 1", "zzzzzzzz: unknown key; valid names: select, extend-select, "),
        ("select = 'ACC001'", 'select: expected a list of strings, got "ACC001"'),
        ("select = [1]", "select: expected a list of strings, got [1]"),
        ("select = ['ACC-1']", "select: no rule 'ACC-1'; "),
        ("select = ['ACC999']", "select: no rule 'ACC999'; see accumlint rules"),
        ("ignore = ['ACD001']", "ignore: no rule 'ACD001'; did you mean 'ACC001'?"),
        (
            "ignore = ['divided-loss-loged']",
            "ignore: no rule 'divided-loss-loged'; did you mean 'divided-loss-logged'?",
        ),
        ("[severity]\nACC7 = 'error'", "severity: no rule 'ACC7'; did you mean 'ACC007'?"),
        ("[per-file-ignores]\n'a' = ['E501']", "per-file-ignores: \"a\": no rule 'E501'"),
        ("[per-file-ignores]\n'!' = ['ACC001']", "per-file-ignores: '!' is not a pattern of files"),
        ("exclude = ['!']", "exclude: '!' is not a pattern of files"),
        ("extend-exclude = ['# a comment']", "extend-exclude: '# a comment' is not a pattern of files"),
        ("force-exclude = 'yes'", 'force-exclude: expected true or false, got "yes"'),
        ("fail-on = 'info'", "fail-on: expected 'error', 'warning' or 'never', got \"info\""),
        ("severity = 'error'", 'severity: expected a table, got "error"'),
        ("[severity]\nACC001 = 'fatal'", "severity: \"ACC001\": expected 'error' or 'warning', got \"fatal\""),
        ("[per-file-ignores]\n'a' = 'ACC001'", 'per-file-ignores: "a": expected a list of strings'),
        ("meters = ['my meter']", "meters: 'my meter' is not a Python name"),
        ("select = [", "not TOML: "),
        ("select = " + "[" * 5000, "not TOML: "),
    ],
)
def test_what_is_not_understood_is_an_error_with_file_and_key(tmp_path, text, message):
    with pytest.raises(ConfigError) as error:
        load(write(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / 'accumlint.toml'}: {message}")


def test_the_key_is_given_as_it_stands_in_pyproject(tmp_path):
    with pytest.raises(ConfigError, match=r"pyproject\.toml: tool\.accumlint\.selct: unknown key"):
        load(write(tmp_path, "[tool.accumlint]\nselct = []", "pyproject.toml"))


def test_a_pyproject_of_the_wrong_shape(tmp_path):
    with pytest.raises(ConfigError, match=r"tool\.accumlint: expected a table"):
        load(write(tmp_path, "[tool]\naccumlint = 3", "pyproject.toml"))
    assert find(write(tmp_path / "a", "tool = 3", "pyproject.toml")) == tmp_path / "pyproject.toml"


def test_a_config_that_is_not_utf8_or_too_large(tmp_path):
    (tmp_path / "accumlint.toml").write_bytes(b"# \xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path)
    (tmp_path / "accumlint.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="larger than"):
        load(tmp_path)


def test_prefixes_names_and_all_name_rules(tmp_path):
    written = "select = ['ALL', 'acc', 'ACC2', 'inflated-loss-metric', 'divided_in_place']"
    assert load(write(tmp_path, written)).select == ("ALL", "ACC", "ACC2", "ACC001", "ACC008")


def test_none_selected_is_not_the_same_as_nothing_said(tmp_path):
    assert load(write(tmp_path, "select = []")).select == ()
    assert "\nselect = []\n" in show(Settings(select=()))
    assert "\n# select is not given\n" in show(Settings())


def test_show_is_valid_whatever_stands_in_the_settings(tmp_path):
    odd = 'a"\\\n\t\x1b[31m\x7f\u202e\U000e0001é'
    shown = show(Settings(root=Path("/a\n\x1b[31mb"), extend_exclude=(odd,), per_file_ignores=((odd, ()),)))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    read = tomllib.loads(shown)
    assert (read["extend-exclude"], list(read["per-file-ignores"])) == ([odd], [odd])


@pytest.mark.parametrize(
    "pattern, ignored",
    [("sub/**", ["sub/a.py", "sub/b/a.py"]), ("!sub/**", ["a.py"]), ("a.py", ["a.py", "sub/a.py", "sub/b/a.py"])],
)
def test_the_files_of_per_file_ignores(tmp_path, pattern, ignored):
    settings = load(write(tmp_path, f"[per-file-ignores]\n'{pattern}' = ['ALL']"))
    files = ["a.py", "sub/a.py", "sub/b/a.py"]
    assert [name for name in files if settings.ignored_in(str(tmp_path / name))] == ignored


def test_the_documentation_names_every_key_and_its_example_is_valid(tmp_path):
    page = (Path(__file__).parents[2] / "docs/configuration.md").read_text("utf-8")
    keys = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert set(tomllib.loads(show(Settings()))) <= set(keys)
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert load(write(tmp_path, example, "pyproject.toml")).accumulation_names == ("chunks_per_step",)
