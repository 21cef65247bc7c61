"""The house rules that a machine can check: floors, file sizes, no print, no path of anybody's machine."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ildl"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 320

FLOORS = {
    "checkout": 0, "checks": 0, "dependencies": 0, "losses": 0, "metrics": 0, "diagnostics": 0, "readable": 0,
    "data": 1, "splits": 1, "protocol": 1,
    "architecture": 2, "models": 2, "training": 2,
    "methods": 3,
    "experiments": 4,
    "compare": 5,
    "cli": 6, "cli_options": 6, "cli_results": 6,
}  # fmt: skip
# What a part must not know, beyond the floors above it.
IGNORANT = {
    "metrics": {"torch", "losses"},
    "diagnostics": {"torch", "losses"},
    "checks": {"torch", "losses", "metrics"},
    "losses": {"metrics"},
    "data": {"torch", "losses"},
    "splits": {"torch", "losses"},
    "protocol": {"torch", "losses"},
    "architecture": {"torch", "data", "protocol", "splits"},
    "models": {"data", "protocol", "splits"},
    "training": {"data", "protocol", "splits"},
    "methods": {"data", "protocol", "splits", "pathlib"},
    "compare": {"torch", *FLOORS} - {"compare", "checks"},
}
BOOK = ROOT / "book" / "companion"
ROOMS = {path.name for path in BOOK.iterdir() if (path / "__init__.py").is_file()}
GROUND = {"base": set(), "evidence": {"base"}, "show": {"base"}, "build": {"base", "show"}}
"""What is no page's room -> what it may import besides itself. A page's room may import all of it but build."""
ROOF = "claims"
"""The one page that looks down into others."""


def modules():
    """Name of every module of the library and the book's code -> the modules of these that it imports."""
    files = {**{".".join(("ildl", *p.relative_to(PACKAGE).with_suffix("").parts)): p for p in MODULES}}
    files |= {".".join(("companion", *p.relative_to(BOOK).with_suffix("").parts)): p for p in BOOK.rglob("*.py")}
    files = {name.removesuffix(".__init__"): path for name, path in files.items()}
    return {
        name: {known for given in imports_of(path) if (known := longest(given, files)) and known != name}
        for name, path in files.items()
    }


def longest(name, files):
    """The module that an imported name lies in."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Modules imported anywhere in a file, `ildl.x.y` as `ildl.x.y`; relative imports resolved."""
    top = BOOK if path.is_relative_to(BOOK) else PACKAGE
    package = (top.name, *path.relative_to(top).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def known_names(path):
    """The parts of `ildl` and the foreign top-level packages that a file imports."""
    for module in imports_of(path):
        top, *rest = module.split(".")
        yield rest[0] if top == "ildl" and rest else top


def test_every_part_has_a_floor():
    assert {part_of(path) for path in MODULES} - {"__init__"} <= set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
class TestModule:
    def test_it_imports_from_its_floor_or_below(self, path):
        part = part_of(path)
        names = set(known_names(path))
        above = {name for name in names if name in FLOORS and FLOORS[name] > FLOORS.get(part, -1)}
        assert not above, f"{part} (floor {FLOORS.get(part, -1)}) imports from above"
        assert not names & (IGNORANT.get(part, set()) | {BOOK.name}), f"{part} must not know of these"


@pytest.mark.parametrize("path", sorted(BOOK.rglob("*.py")), ids=lambda path: str(path.relative_to(BOOK)))
def test_a_room_knows_no_other_page(path):
    room = path.relative_to(BOOK).parts[0]
    if room not in ROOMS:  # the command, above all
        return
    modules = [module.split(".") for module in imports_of(path)]
    known = {parts[1] for parts in modules if parts[0] == BOOK.name and len(parts) > 1} & ROOMS - {room}
    allowed = GROUND.get(room, ROOMS - {"build"} if room == ROOF else {"base", "evidence", "show"})
    assert not known - allowed, f"{room} looks into {known - allowed}"


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_knows_its_own_room(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    rooms = set(re.findall(r"from companion\.(\w+)|from companion import (\w+)", code))
    found = {name for pair in rooms for name in pair if name} - {"base", "evidence", "show"}
    own = path.stem.partition("_")[2]
    assert found <= (ROOMS if own == ROOF else {own})


@pytest.mark.parametrize(
    "path", [*MODULES, *sorted(BOOK.rglob("*.py"))], ids=lambda path: path.relative_to(ROOT).as_posix()
)
class TestFile:
    def test_it_can_be_read_at_one_sitting(self, path):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES

    def test_it_does_not_print(self, path):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def sources():
    folders = [ROOT / name for name in ("ildl", "tests", "notebooks", "data", "benchmarks", "book", ".ci", ".github")]
    files = [path for folder in folders for path in folder.rglob("*")] + list(ROOT.iterdir())
    made = ("book/notebooks", "__pycache__", ".ipynb_checkpoints")
    return [path for path in files if path.is_file() and not any(part in path.as_posix() for part in made)]


def test_no_file_names_a_home_directory():
    home = re.compile(rb"/(home|Users)/\w|/ro{2}t/")
    assert not [str(path.relative_to(ROOT)) for path in sources() if home.search(path.read_bytes())]


def test_no_module_imports_itself_by_way_of_others():
    graph = modules()
    assert len(graph) > 100

    def cycle(name, path):
        for other in sorted(graph[name]):
            if other in path:
                return [*path[path.index(other) :], other]
            if other not in safe and (found := cycle(other, [*path, other])):
                return found
        safe.add(name)
        return None

    safe = set()
    found = [circle for name in sorted(graph) if name not in safe and (circle := cycle(name, [name]))]
    assert not found, " -> ".join(found[0])


def test_no_folder_has_more_modules_than_one_can_take_in():
    files = [path for path in (*MODULES, *BOOK.rglob("*.py")) if not path.stem.startswith("__")]
    crowded = {folder.name: n for folder, n in Counter(path.parent for path in files).items() if n > 15}
    assert not crowded
