#ifndef OPENSUPA_COMPILER_SUPACC_H_
#define OPENSUPA_COMPILER_SUPACC_H_

/* C ABI of libsupacc.so, the only library of OpenSUPA that links LLVM. The runtime opens it with
 * dlopen when something must be compiled; brcc links it. All functions may be called from any
 * thread. A fatal error or a crash inside LLVM is contained and returned as SUPACC_ERROR_INTERNAL
 * with its text; it never ends the process. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SUPACC_ABI_VERSION 2

typedef enum {
  SUPACC_OK = 0,
  SUPACC_ERROR_INVALID = 1,  /* the input breaks a rule of the device IR, or an option is wrong */
  SUPACC_ERROR_LINK = 2,     /* undefined or duplicate symbol between device images */
  SUPACC_ERROR_INTERNAL = 3, /* LLVM failed */
  SUPACC_ERROR_MEMORY = 4
} supacc_status;

/* Bytes owned by the library; release with supacc_release. `log` holds diagnostics (also warnings
 * on success), a NUL-terminated string, never null after a call returned. */
typedef struct supacc_output {
  void* data;
  size_t size_bytes;
  char* log;
} supacc_output;

typedef struct supacc_buffer {
  const void* data;
  size_t size_bytes;
  const char* name; /* for messages; may be null */
} supacc_buffer;

/* SUPACC_ABI_VERSION of the library. */
uint32_t supacc_abi_version(void);

/* Text that identifies the compiler build: part of every cache key. */
const char* supacc_build_id(void);

/* Clang's raw device bitcode (nvptx64, frontend output) -> a serialised FatBinary.
 * `options_json`: {"opt_level":0..3, "relocatable":bool, "source":str, "architectures":[str],
 * "native_targets":[str], "debug":bool, "remarks":["passed"|"missed"|"analysis"],
 * "emit":"fatbin"|"bitcode"|"ir"}. Verifies the device IR. With "remarks" the log says by source
 * line what becomes of the kernels that have no relocatable code. */
supacc_status supacc_finalize_device(const supacc_buffer* clang_bitcode, const char* options_json,
                                     supacc_output* out);

/* Host bitcode from clang -x cuda --cuda-host-only -> host bitcode with SUPA's registration, and
 * with `fat_binary`, the translation unit's device half, in place of what clang put there; null if
 * there is none. Warns of host code that reads device variables; takes debug information out unless
 * "debug". `options_json`: {"relocatable":bool, "debug":bool, "warnings":bool,
 * "emit":"bitcode"|"ir"}. */
supacc_status supacc_embed_host(const supacc_buffer* host_bitcode, const supacc_buffer* fat_binary,
                                const char* options_json, supacc_output* out);

/* Links relocatable fat binaries into one fat binary that is not relocatable. */
supacc_status supacc_link(const supacc_buffer* fat_binaries, size_t count, const char* options_json,
                          supacc_output* out);

/* Portable device IR (bitcode, as in FatBinary::bitcode) -> serialised CodeObject for `target`, for
 * instance "x86-64-v3/reference". `options_json`: {"opt_level":0..3, "debug":bool,
 * "warp_lockstep":bool, "specialize":{"kernel":name, "block":[x,y,z]}, "dump_folder":text}; without
 * a level the one that the module records. With "warp_lockstep" the lanes of a warp keep step at
 * every store to shared memory, not only at volatile ones. "specialize" compiles one kernel for
 * blocks of one size; SUPACC_ERROR_INVALID if the kernel uses variables of its module. A dump
 * folder gets the code generator's input as a text file. */
supacc_status supacc_compile(const supacc_buffer* bitcode, const char* target,
                             const char* options_json, supacc_output* out);

/* Checks the rules of docs/device-ir.md; the log names each rule broken. */
supacc_status supacc_verify(const supacc_buffer* bitcode, supacc_output* out);

/* Frees what a call put into `out`; a zeroed output is allowed. */
void supacc_release(supacc_output* out);

#ifdef __cplusplus
}
#endif
#endif /* OPENSUPA_COMPILER_SUPACC_H_ */
