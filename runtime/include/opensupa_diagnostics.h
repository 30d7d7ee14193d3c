#ifndef OPENSUPA_DIAGNOSTICS_H_
#define OPENSUPA_DIAGNOSTICS_H_

/* What supa-doctor and bug reports need to know of an OpenSUPA installation. Exported by
 * libopensupa.so. */

#ifdef __cplusplus
extern "C" {
#endif

/* A JSON object (UTF-8), made anew by each call and never null; release it with
 * opensupa_diagnostics_free. It works with no device and never creates a context. Members: version
 * string layers      [{name, path, loaded, detail, error}]   libraries of the stack, the compiler
 * opened on trial backends    [{name, description}] devices     [{ordinal, backend, name, model,
 * architecture, code_target, memory_bytes, multiprocessors}] rejected    [{spec, reason}] parts of
 * OPENSUPA_DEVICES that gave no device options     [{name, type, value, default, set, description}]
 *   cache       {path, writable, error} */
char* opensupa_diagnostics_json(void);

void opensupa_diagnostics_free(char* json);

/* Failure injection, for tests of programs and of OpenSUPA itself. Every call of the library to the
 * outside (port, system, allocator, compiler, files) is counted from opensupa_fault_arm on, and the
 * n-th fails, once. */
void opensupa_fault_arm(unsigned long long n);

/* Stops injecting; the number of such calls since opensupa_fault_arm. */
unsigned long long opensupa_fault_disarm(void);

/* Not 0 when the armed failure has been delivered. */
int opensupa_fault_fired(void);

#ifdef __cplusplus
}
#endif
#endif /* OPENSUPA_DIAGNOSTICS_H_ */
