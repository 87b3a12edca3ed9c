"""What README tells people to type works as it stands there, in the order in which it stands.

Blocks in ``sh`` and ``python`` are run one after the other in an empty folder with ``examples/`` in it. A block that
cannot be run here (it serves for ever, it needs a network or a microphone) has an HTML comment before it,
``<!-- not run: why -->``; of a line that begins with ``make``, the target must be there.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
NOT_RUN = re.compile(r"<!-- not run: \S.* -->")
CONSOLE = '#!/bin/sh\nexec "{python}" -c "from sayagain.cli.app import main; main()" "$@"\n'
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.MULTILINE))


@dataclass(frozen=True)
class Block:
    """A block of code that a reader would run."""

    language: str
    code: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page that are to be run."""
    before = None
    for token in MarkdownIt().parse(text):
        if token.type == "fence" and token.info in ("sh", "python") and not marked_not_run(before):
            yield Block(token.info, token.content, (token.map or [0])[0] + 1)
        before = token


def marked_not_run(before: Any) -> bool:
    return before is not None and before.type == "html_block" and NOT_RUN.fullmatch(before.content.strip()) is not None


def run(text: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """Run the blocks of a page in a folder; return what each printed."""
    names: dict[str, Any] = {}
    printed = []
    for block in blocks(text):
        if block.language == "python":
            exec(compile("\n" * block.line + block.code, "README.md", "exec"), names)
            continue
        lines = block.code.splitlines()
        made = [line.split()[1] for line in lines if line.startswith("make ")]
        assert set(made) <= TARGETS, made
        script = "\n".join(line for line in lines if not line.startswith("make "))
        done = subprocess.run(
            ["sh", "-e", "-c", script], cwd=folder, env=environment, check=False, capture_output=True, encoding="utf8"
        )
        assert done.returncode == 0, f"line {block.line}: {done.stdout}{done.stderr}"
        printed.append(done.stdout)
    return printed


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The working directory has examples/, and ``sayagain`` in a .venv that puts it on the path once activated."""
    bin = tmp_path / "page" / ".venv" / "bin"
    bin.mkdir(parents=True)
    console = bin / "sayagain"
    console.write_text(CONSOLE.format(python=sys.executable))
    console.chmod(0o755)
    (bin / "activate").write_text('PATH="$PWD/.venv/bin:$PATH"\n')
    (tmp_path / "page" / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path / "page")
    elsewhere = [each for each in os.environ["PATH"].split(os.pathsep) if not (Path(each) / "sayagain").exists()]
    return {**os.environ, "PATH": os.pathsep.join(elsewhere)}


def test_what_readme_tells_people_to_type_works(environment: dict[str, str]) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf8")
    printed = " ".join("\n".join(run(text, Path.cwd(), environment)).split())
    assert "added 432" in printed
    assert "turn off the bad room light turn off the bedroom light" in printed
    assert "turn off the kitchen light - it was most likely meant" in printed, "try shows that the request is rewritten"


PAGE = """
```sh
make demo   # not run
echo a sayagain line \\
    that goes on
```

```python
this = "is"
```

<!-- not run: it serves for ever -->
```sh
exit 3
```

```
not run either
```

```python
assert this == "is"
open("made.txt", "w").write("by Python")
```

```sh
cat made.txt
```
"""


def test_blocks_run_in_order_in_one_namespace_and_marked_ones_do_not(environment: dict[str, str]) -> None:
    assert run(PAGE, Path.cwd(), environment) == ["a sayagain line that goes on\n", "by Python"]


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ("```sh\nexit 3\necho on\n```\n", "line 1"),
        ("```sh\n. .venv/bin/activate\nsayagain report nowhere\necho on\n```\n", "There is no bundle at nowhere"),
        ("text\n\n```sh\nsayagain report nowhere\n```\n", "line 3"),
        ("<!-- not run: -->\n```sh\nexit 3\n```\n", "line 2"),
        ("```sh\nmake nothing\n```\n", "nothing"),
        ("```python\nassert False, 'wrong'\n```\n", "wrong"),
    ],
)
def test_a_block_that_fails_fails_the_test(environment: dict[str, str], page: str, error: str) -> None:
    with pytest.raises(AssertionError, match=error):
        run(page, Path.cwd(), environment)


def test_the_csv_of_the_example_is_what_its_script_writes(tmp_path: Path) -> None:
    script = tmp_path / "household.py"
    script.write_text((ROOT / "examples" / "household.py").read_text(encoding="utf8"), encoding="utf8")
    subprocess.run([sys.executable, script], check=True)
    for name in ("household.csv", "household.jsonl"):
        assert (tmp_path / name).read_bytes() == (ROOT / "examples" / name).read_bytes()
