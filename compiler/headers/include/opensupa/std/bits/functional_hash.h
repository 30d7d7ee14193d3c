/// libstdc++'s <bits/functional_hash.h> for both sides.
#pragma clang system_header
#include <bits/hash_bytes.h>
#include <type_traits>
#pragma clang force_cuda_host_device begin
#include_next <bits/functional_hash.h>
#pragma clang force_cuda_host_device end
