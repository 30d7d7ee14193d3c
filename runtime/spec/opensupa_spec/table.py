"""Reads the tables of entry points. README.md beside this folder explains the fields."""
import dataclasses
import pathlib
import re
import tomllib

STATUSES = ("full", "partial", "none")
RESULT_TYPES = {"supart": "supaError_t", "supa": "SUresult"}
STREAM_TYPES = {"supart": "supaStream_t", "supa": "SUstream"}
PER_THREAD_STREAM = {"supart": "supaStreamPerThread", "supa": "SU_STREAM_PER_THREAD"}
SYNCHRONIZE = {"supart": "supaStreamSynchronize", "supa": "suStreamSynchronize"}
NOT_SUPPORTED = {"supart": "supaErrorNotSupported", "supa": "SUPA_ERROR_NOT_SUPPORTED"}
ENTRY_FIELDS = {"library", "group", "returns", "params", "status", "note", "cuda", "versions",
                "first_version_params", "per_thread", "async", "stream_field"}


class TableError(Exception):
    """The tables, or the headers they describe, contradict themselves."""


@dataclasses.dataclass(frozen=True)
class Param:
    direction: str  # in, out or inout
    type: str
    name: str


@dataclasses.dataclass(frozen=True)
class Symbol:
    """One exported name of an entry point."""
    name: str        # without the prefix of a family: supaMemcpy_ptds
    per_thread: bool
    first_version: bool  # the unversioned name of an entry point that grew parameters


@dataclasses.dataclass(frozen=True)
class Entry:
    name: str
    library: str
    group: str
    returns: str
    params: tuple[Param, ...]
    status: str
    note: str
    cuda: str
    versions: tuple[str, ...]
    first_version_params: int | None
    per_thread: str  # "", ptsz or ptds
    async_name: str
    stream_field: str

    @property
    def signature(self) -> str:
        """Parameter list as C writes it."""
        return ", ".join(f"{p.type} {p.name}" for p in self.params) or "void"

    @property
    def arguments(self) -> str:
        return ", ".join(p.name for p in self.params)

    def symbols(self) -> list[Symbol]:
        """Every exported name: versions first to last, each with its per-thread form."""
        result = []
        for version in ("", *self.versions):
            first = version == "" and self.first_version_params is not None
            result.append(Symbol(self.name + version, False, first))
            if self.per_thread:
                result.append(Symbol(f"{self.name}{version}_{self.per_thread}", True, first))
        return result


def cuda_name(name: str) -> str:
    """The CUDA name of a SUPA function, type or constant: one rule, since the two APIs mirror each other."""
    renamed = name.replace("SUPA", "CUDA").replace("Supa", "Cuda").replace("supa", "cuda")
    renamed = re.sub(r"^su", "cu", re.sub(r"^SU", "CU", renamed))
    return renamed.replace("SUBIN", "CUBIN").replace("SUCONTEXT", "CUCONTEXT")


def _param(text: str, where: str) -> Param:
    match = re.fullmatch(r"(in|out|inout) (.+?[ *])(\w+)", text)
    if not match:
        raise TableError(f"{where}: the parameter '{text}' is not '<in|out|inout> <C type> <name>'.")
    return Param(match[1], match[2].strip(), match[3])


def _entry(name: str, fields: dict, defaults: dict, where: str) -> Entry:
    unknown = set(fields) - ENTRY_FIELDS
    if unknown:
        raise TableError(f"{where}: {name} has the unknown fields {sorted(unknown)}.")
    fields = defaults | fields
    library = fields["library"]
    status = fields.get("status", "full")
    if library not in RESULT_TYPES or status not in STATUSES:
        raise TableError(f"{where}: {name} has library '{library}' and status '{status}'.")
    if status == "none" and fields["returns"] != RESULT_TYPES[library]:
        raise TableError(f"{where}: {name} has status none, but returns no error code.")
    if status == "partial" and not fields.get("note"):
        raise TableError(f"{where}: {name} is partial, and no note says what is missing.")
    return Entry(name=name, library=library, group=fields["group"], returns=fields["returns"],
                 params=tuple(_param(p, f"{where}: {name}") for p in fields.get("params", [])),
                 status=status, note=fields.get("note", ""), cuda=fields.get("cuda", cuda_name(name)),
                 versions=tuple(fields.get("versions", [])),
                 first_version_params=fields.get("first_version_params"),
                 per_thread=fields.get("per_thread", ""), async_name=fields.get("async", name + "Async"),
                 stream_field=fields.get("stream_field", ""))


def load(folder: pathlib.Path) -> list[Entry]:
    """All entry points, in the order of the file names and of each file."""
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            document = tomllib.load(file)
        defaults = {key: value for key, value in document.items() if not isinstance(value, dict)}
        for name, fields in document.items():
            if not isinstance(fields, dict):
                continue
            if name in entries:
                raise TableError(f"{path.name}: {name} is described twice.")
            entries[name] = _entry(name, fields, defaults, path.name)
    symbols: dict[str, str] = {}
    for entry in entries.values():
        for symbol in entry.symbols():
            if symbol.name in symbols:
                raise TableError(f"{entry.name} and {symbols[symbol.name]} both export {symbol.name}.")
            symbols[symbol.name] = entry.name
    return list(entries.values())
