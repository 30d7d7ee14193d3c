"""Finds the names that the public headers declare."""
import pathlib
import re

from .table import Entry, TableError

_API_NAME = re.compile(r"(make_)?supa[A-Z]\w*|SUPA_\w+|SUPART\w+|SUPAAPI|SU[a-z]\w*|SU_\w+|su[A-Z]\w*|suuint\d+_t"
                       r"|\w+Supa[A-Z]\w*")
_DECLARATION = re.compile(r"\b((?:supa|su|__supa)[A-Z]\w*)\s*\(")
_ERROR = re.compile(r"\b(supa(?:Success|Error\w+)|SUPA_(?:SUCCESS|ERROR_\w+))\s*=\s*(\d+),?\s*///<\s*(.*)")
# Names of this project that mean something else, or nothing, under a CUDA name.
_NOT_ALIASED = {"SUPA_VERSION", "SUPART_VERSION", "SUPA_API_PER_THREAD_DEFAULT_STREAM"}


def _code(path: pathlib.Path) -> str:
    """The header without comments, include lines and include guard."""
    text = re.sub(r"//.*|/\*.*?\*/", "", path.read_text())
    text = re.sub(r"#include.*", "", text)
    guard = re.search(r"#ifndef (\w+_H_)", text)
    return text.replace(guard[1], "") if guard else text


def headers(folder: pathlib.Path, family: str) -> list[pathlib.Path]:
    """Headers of one family: "runtime" (with the types it shares) or "driver"."""
    paths = sorted(folder.rglob("*.h"))
    return [p for p in paths if ("driver" == p.parent.name) == (family == "driver")]


def api_names(folder: pathlib.Path, family: str) -> list[str]:
    """Every name of a function, type, constant or macro that has a CUDA name by the naming rule."""
    names = set()
    for path in headers(folder, family):
        for token in re.findall(r"\w+", _code(path)):
            if _API_NAME.fullmatch(token) and token not in _NOT_ALIASED:
                names.add(token)
    return sorted(names)


def check_declared(folder: pathlib.Path, entries: list[Entry]) -> None:
    """Every entry point is declared in a header, and every declared function stands in the table."""
    declared = set()
    for pattern in ("runtime/supa_api_*.h", "driver/su_api_*.h"):
        for path in folder.glob(pattern):
            declared |= set(_DECLARATION.findall(_code(path)))
    known = {entry.name for entry in entries}
    if declared != known:
        raise TableError(f"Only the headers declare {sorted(declared - known)}; "
                         f"only the table describes {sorted(known - declared)}.")


def error_texts(path: pathlib.Path) -> list[tuple[str, int, str]]:
    """(name, number, text) of every error code that the header gives a text."""
    return [(m[1], int(m[2]), m[3].strip()) for m in _ERROR.finditer(path.read_text())]
