"""`kerajax run` runs a script as Python would."""

import pytest

from kerajax.cli._run import _split
from tests.legacy.scripts import run


def kerajax_run(tmp_path, *arguments, status=0):
    return run(tmp_path, "-m", "kerajax", "run", *arguments, status=status)


@pytest.mark.parametrize(
    "argv, front, rest",
    [
        (["a.py"], ["a.py"], []),
        (["a.py", "--era", "1", "-m"], ["a.py"], ["--era", "1", "-m"]),
        (["--era", "1", "a.py", "b"], ["--era", "1", "a.py"], ["b"]),
        (["--era=1", "-m", "a.b", "--x"], ["--era=1", "-m", "a.b"], ["--x"]),
        (["--era"], ["--era"], []),
        ([], [], []),
    ],
)
def test_arguments_after_the_script_are_its_own(argv, front, rest):
    assert _split(argv) == (front, rest)


def test_the_script_sees_what_python_would_show_it(tmp_path):
    """`sys.argv`, `sys.path[0]`, `__name__`, `__file__`, modules beside it, pickle."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "beside.py").write_text("value = 7\n")
    (folder / "script.py").write_text(
        """
import os, pickle, sys
import beside, keras
class Here:
    pass
assert __name__ == "__main__" and __file__ == sys.argv[0] == os.path.join("folder", "script.py")
assert sys.argv[1:] == ["--epochs", "3", "--era", "x"], sys.argv
assert sys.path[0] == os.path.realpath("folder")
assert type(pickle.loads(pickle.dumps(Here()))) is Here
assert sys.modules["__main__"].Here is Here
print(keras.__name__, beside.value)
"""
    )
    arguments = ["folder/script.py", "--epochs", "3", "--era", "x"]
    assert kerajax_run(tmp_path, *arguments)[0] == "keras 7\n"


def test_modules_run_with_m(tmp_path):
    """`-m` finds packages below the current folder."""
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("")
    (tmp_path / "pack" / "go.py").write_text(
        "import sys, keras\nfrom . import __name__ as parent\n"
        "print(__name__, parent, sys.argv[1:], keras.__name__)\n"
    )
    output, _ = kerajax_run(tmp_path, "-m", "pack.go", "-x")
    assert output == "__main__ pack ['-x'] keras\n"


def test_exit_codes(tmp_path):
    """Those of the script, and 1 after an exception."""
    script = tmp_path / "script.py"
    script.write_text("import sys\nsys.exit(int(sys.argv[1]))\n")
    kerajax_run(tmp_path, "script.py", "3", status=3)
    kerajax_run(tmp_path, "script.py", "0", status=0)
    script.write_text("raise SystemExit('gone wrong')\n")
    assert "gone wrong" in kerajax_run(tmp_path, "script.py", status=1)[1]


def test_tracebacks_begin_in_the_script(tmp_path):
    """No frames of the launcher, for scripts and modules."""
    (tmp_path / "script.py").write_text("def f():\n    return 1 / 0\n\nf()\n")
    expected = [
        "Traceback (most recent call last):",
        '  File "script.py", line 4, in <module>',
        "    f()",
        '  File "script.py", line 2, in f',
    ]
    errors = kerajax_run(tmp_path, "script.py", status=1)[1].splitlines()
    assert errors[:4] == expected and errors[-1] == "ZeroDivisionError: division by zero"
    errors = kerajax_run(tmp_path, "-m", "script", status=1)[1]
    assert errors.count("File ") == 2 and "kerajax" not in errors


def test_syntax_errors_show_the_script_alone(tmp_path):
    (tmp_path / "script.py").write_text("x = = 1\n")
    errors = kerajax_run(tmp_path, "script.py", status=1)[1]
    assert errors.startswith('  File "script.py", line 1') and "SyntaxError" in errors


def test_era_is_that_of_the_script(tmp_path):
    """`--era 2.2` brings back defaults of then: GRU without `reset_after`."""
    (tmp_path / "script.py").write_text("from keras.layers import GRU\nprint(GRU(2).reset_after)\n")
    assert kerajax_run(tmp_path, "script.py")[0] == "True\n"
    assert kerajax_run(tmp_path, "--era", "2.2", "script.py")[0] == "False\n"


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "name a script"),
        (["nothing.py"], "there is no file 'nothing.py'"),
        (["--era", "9", "x.py"], "invalid choice: '9'"),
    ],
)
def test_wrong_command_lines(arguments, words, capsys):
    from kerajax.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["run", *arguments])
    assert stop.value.code == 2 and words in capsys.readouterr().err


def test_names_that_numpy_had(tmp_path):
    """`np.float` is `float`, reported once at its line; other unknown names stay unknown."""
    (tmp_path / "script.py").write_text(
        "import numpy as np\n"
        "x = np.zeros(2, dtype=np.float)\n"
        "print(x.astype(np.int).dtype.kind, np.float is float, hasattr(np, 'no_such_name'))\n"
    )
    output, errors = kerajax_run(tmp_path, "script.py")
    assert output == "i True False\n"
    assert errors.count("`np.float` is `float` today") == 1
    assert "script.py:2" in errors
