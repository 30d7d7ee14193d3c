#!/usr/bin/env python3
"""Makes everything that follows from the tables of entry points.

generate.py --tables DIR --include DIR [--out DIR] [--out-include DIR] [--matrix FILE] [--check-matrix FILE] [--list]

--out          gets sources and internal headers, --out-include the public headers that are made here
--matrix       writes docs/api-matrix.md; --check-matrix exits with 1 if that file is not up to date
--list         prints the files that would be written, one a line, and writes nothing
"""
import argparse
import pathlib
import sys

from opensupa_spec import emit_alias, emit_dispatch, emit_exports, emit_matrix, emit_trace, header_scan, table

_ERROR_HEADERS = {"supaError_t": "runtime/supa_error_types.h", "SUresult": "driver/su_result.h"}


def internal_files(entries: list[table.Entry], include: pathlib.Path) -> dict[str, str]:
    errors = {kind: header_scan.error_texts(include / header) for kind, header in _ERROR_HEADERS.items()}
    files = {
        "include/opensupa/spec/dispatch.h": emit_dispatch.dispatch_h(entries),
        "include/opensupa/spec/impl_decls.h": emit_dispatch.impl_decls_h(entries),
        "src/dispatch_default.cpp": emit_dispatch.dispatch_default_cpp(entries),
        "src/trace_table.cpp": emit_trace.trace_table_cpp(entries),
        "src/header_check.cpp": emit_dispatch.header_check_cpp(entries),
        "src/error_names.cpp": emit_dispatch.error_names_cpp(errors),
        "src/driver_lookup.cpp": emit_exports.driver_lookup_cpp(entries),
    }
    for library, shim, node in (("supart", "cudart", "libcudart.so.12"), ("supa", "cuda", "")):
        names = emit_exports.symbol_names(entries, library)
        files[f"src/entries_{library}.inc"] = emit_exports.entries_inc(entries, library)
        files[f"src/exports_{library}.cpp"] = emit_exports.exports_cpp(library)
        files[f"src/{library}.map"] = emit_exports.version_script(names)
        files[f"src/{library}.symbols"] = "".join(f"{name}\n" for name in names)
        aliases = sorted(table.cuda_name(name) for name in names)
        files[f"src/shim_{shim}.cpp"] = emit_exports.shim_cpp(entries, library)
        files[f"src/{shim}.map"] = emit_exports.version_script(aliases, node)
        files[f"src/{shim}.symbols"] = "".join(f"{name}\n" for name in aliases)
    return files


def write_if_changed(path: pathlib.Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=pathlib.Path, required=True)
    parser.add_argument("--include", type=pathlib.Path, required=True)
    for option in ("--out", "--out-include", "--matrix", "--check-matrix"):
        parser.add_argument(option, type=pathlib.Path)
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()

    entries = table.load(args.tables)
    header_scan.check_declared(args.include, entries)
    outputs: dict[pathlib.Path, str] = {}
    if args.out:
        outputs |= {args.out / name: text for name, text in internal_files(entries, args.include).items()}
    if args.out_include:
        public = (emit_alias.alias_headers(args.include, entries) | emit_alias.per_thread_headers(entries)
                  | emit_alias.versioned_headers(entries))
        outputs |= {args.out_include / name: text for name, text in public.items()}
    if args.matrix:
        outputs[args.matrix] = emit_matrix.api_matrix_md(entries)
    if args.list:
        print("\n".join(map(str, outputs)))
        return 0
    for path, text in outputs.items():
        write_if_changed(path, text)
    if args.check_matrix and args.check_matrix.read_text() != emit_matrix.api_matrix_md(entries):
        print(f"{args.check_matrix} is not what runtime/spec/tables says. Run generate.py --matrix {args.check_matrix}")
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except table.TableError as error:
        sys.exit(f"generate.py: {error}")
