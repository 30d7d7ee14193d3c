#ifndef OPENSUPA_CACHE_H_
#define OPENSUPA_CACHE_H_

/* Upkeep of the kernel cache, for supa-cache. Exported by libopensupa.so. */

#ifdef __cplusplus
extern "C" {
#endif

/* Does what `request`, a JSON object, says and returns a JSON object, never null; release it with
 * opensupa_cache_free. Member "folder" of a request names the cache; without it the options do.
 * Every answer has "folder" and "error", which is empty when all went well.
 *   {"command":"list"}                     entries [{file, kind, source, target, options, compiler,
 *                                          size_bytes, made_us, used_s, problem}], max_bytes,
 *                                          locks: entries being made, or left by dead processes
 *   {"command":"verify","remove":bool}     checked, bad [{file, problem}], removed
 *   {"command":"clear"}                    removed, removed_bytes
 *   {"command":"warm","files":[],"targets":[]}
 *                                          compiles the device code of programs, and takes over
 *                                          packs; without targets for the devices of this host:
 *                                          made, kept (was there before), native (needs nothing),
 *                                          failed [{file, problem}]
 *   {"command":"pack","output":FILE}       packed */
char* opensupa_cache_run(const char* request);

void opensupa_cache_free(char* answer);

#ifdef __cplusplus
}
#endif
#endif /* OPENSUPA_CACHE_H_ */
