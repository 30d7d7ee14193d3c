"""Tests of the table reader and of the generator. Usage: generator_test.py SPEC_FOLDER"""
import pathlib
import sys
import tempfile
import unittest

SPEC = pathlib.Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SPEC))
sys.dont_write_bytecode = True

from opensupa_spec import emit_alias, emit_dispatch, emit_exports, header_scan, table  # noqa: E402

HEAD = 'library = "supart"\ngroup = "test"\nreturns = "supaError_t"\n'


def load(text: str) -> list[table.Entry]:
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "a.toml").write_text(HEAD + text)
        return table.load(pathlib.Path(folder))


class TableTest(unittest.TestCase):
    def test_an_entry_takes_the_defaults_of_its_file(self):
        entry, = load('[supaX]\nparams = ["out const void** a", "in unsigned int b"]\n')
        self.assertEqual((entry.library, entry.status, entry.returns, entry.cuda),
                         ("supart", "full", "supaError_t", "cudaX"))
        self.assertEqual(entry.signature, "const void** a, unsigned int b")

    def test_mistakes_are_named(self):
        for text, message in (
                ('[supaX]\nparams = ["void* a"]\n', "the parameter 'void\\* a' is not"),
                ('[supaX]\nstatus = "maybe"\n', "status 'maybe'"),
                ('[supaX]\nstatsu = "none"\n', "unknown fields \\['statsu'\\]"),
                ('[supaX]\nstatus = "partial"\n', "no note says what is missing"),
                ('[supaX]\nstatus = "none"\nreturns = "int"\n', "returns no error code"),
                ('[supaX]\nversions = ["_v2"]\n[supaX_v2]\n', "both export supaX_v2")):
            with self.assertRaisesRegex(table.TableError, message):
                load(text)

    def test_cuda_names_follow_one_rule(self):
        for name, expected in (("supaMalloc", "cudaMalloc"), ("suMemAlloc", "cuMemAlloc"), ("SUdeviceptr", "CUdeviceptr"),
                               ("SUPA_ERROR_UNKNOWN", "CUDA_ERROR_UNKNOWN"), ("SU_JIT_INPUT_SUBIN", "CU_JIT_INPUT_CUBIN"),
                               ("supaErrorSupartUnloading", "cudaErrorCudartUnloading"), ("make_supaPos", "make_cudaPos"),
                               ("__supaRegisterVar", "__cudaRegisterVar"),
                               ("SU_POINTER_IS_SUPA_CAPABLE", "CU_POINTER_IS_CUDA_CAPABLE"), ("suuint32_t", "cuuint32_t"),
                               ("supaDevAttrSparseSupaArraySupported", "cudaDevAttrSparseCudaArraySupported")):
            self.assertEqual(table.cuda_name(name), expected)


class OutputTest(unittest.TestCase):
    def test_every_version_has_its_per_thread_form(self):
        entry, = load('[supaX]\nparams = ["in supaStream_t stream"]\nversions = ["_v2"]\nper_thread = "ptsz"\n')
        self.assertEqual([s.name for s in entry.symbols()], ["supaX", "supaX_ptsz", "supaX_v2", "supaX_v2_ptsz"])

    def test_a_null_stream_is_replaced_only_in_the_per_thread_form(self):
        entries = load('[supaX]\nparams = ["in int a", "in supaStream_t stream"]\nper_thread = "ptsz"\n')
        text = emit_exports.entries_inc(entries, "supart")
        self.assertIn("supaX(a, stream);", text)
        self.assertIn("supaX(a, stream == nullptr ? supaStreamPerThread : stream);", text)

    def test_a_first_version_symbol_has_fewer_parameters_in_the_shim_only(self):
        entries = load('[supaX]\nparams = ["in int a", "in int* b"]\nfirst_version_params = 1\nversions = ["_v2"]\n')
        shim = emit_exports.shim_cpp(entries, "supart")
        self.assertIn("cudaX)(int a) {\n  return opensupa_get_dispatch()->supaX(a, {});", shim)
        self.assertIn("cudaX_v2)(int a, int* b) {\n  return opensupa_get_dispatch()->supaX(a, b);", shim)
        self.assertIn("supaX)(int a, int* b)", emit_exports.entries_inc(entries, "supart"))

    def test_status_none_is_refused_by_name(self):
        text = emit_dispatch.dispatch_default_cpp(load('[supaX]\nstatus = "none"\n[supaY]\n'))
        self.assertIn('NotSupported("supaX");\n  return supaErrorNotSupported;', text)
        self.assertIn(".supaY = &opensupa::api::supaY,", text)


class HeaderTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.include = pathlib.Path(self.folder.name)
        (self.include / "runtime").mkdir()
        (self.include / "runtime/supa_api_a.h").write_text(
            "#ifndef SUPA_A_H_\n#define SUPA_A_H_\n/// supaNotThis\nenum supaE { supaA = 1 };\n"
            "supaError_t supaX(int a);\n#endif\n")

    def test_table_and_headers_must_name_the_same_functions(self):
        header_scan.check_declared(self.include, load('[supaX]\n'))
        with self.assertRaisesRegex(table.TableError, "Only the headers declare \\['supaX'\\].*\\['supaY'\\]"):
            header_scan.check_declared(self.include, load('[supaY]\n'))

    def test_every_declared_name_gets_its_cuda_name(self):
        text = emit_alias.alias_headers(self.include, load('[supaX]\nversions = ["_v2"]\n'))["opensupa/cuda/runtime_names.h"]
        for line in ("#define cudaE supaE", "#define cudaA supaA", "#define cudaX supaX", "#define cudaX_v2 supaX"):
            self.assertIn(line + "\n", text)
        for name in ("cudaNotThis", "CUDA_A_H_"):
            self.assertNotIn(name, text)

    def test_error_texts_come_from_the_header(self):
        path = self.include / "e.h"
        path.write_text("  supaSuccess = 0,  ///< no error\n  supaErrorUnknown = 999  ///< unknown error\n")
        self.assertEqual(header_scan.error_texts(path),
                         [("supaSuccess", 0, "no error"), ("supaErrorUnknown", 999, "unknown error")])


unittest.main()
