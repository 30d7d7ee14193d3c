// Kernels of the conformance suite for host CPUs, written against compiler/binary's device_abi.h: one
// page-aligned image between conformance_text and conformance_text_end, made of descriptors and
// position-independent code. The tests read its bytes; nothing here runs in place.
#if defined(__x86_64__)
  .intel_syntax noprefix
  .section .rodata.conformance_kernels, "a", @progbits
  .globl conformance_text, conformance_text_end
  .globl conformance_kernel_store, conformance_kernel_load, conformance_kernel_poke
  .globl conformance_kernel_jump, conformance_kernel_illegal, conformance_kernel_trap
  .globl conformance_kernel_assert, conformance_kernel_print, conformance_kernel_barrier
  .globl conformance_kernel_loop, conformance_kernel_variable, conformance_kernel_spin
  .globl conformance_kernel_divide
  .hidden conformance_text, conformance_text_end
  .balign 4096

// abi::KernelDescriptor
.macro descriptor name, flags, args_bytes
  .balign 64
conformance_kernel_\name:
  .long 5, \flags  // kDeviceAbiVersion
  .quad code_\name - conformance_kernel_\name
  .long 0, \args_bytes, 0, 0
  .zero 32
.endm

// Offsets of ThreadContext (rdi), BlockContext and Hooks.
#define TID_X [rdi]
#define LINEAR_TID [rdi + 12]
#define BLOCK [rdi + 16]
#define NTID_X 12
#define NTID_Y 16
#define NTID_Z 20
#define CTAID_X 24
#define SHARED 40
#define ARGS 48
#define HOOKS 56
#define HOOK_BARRIER 8
#define HOOK_VPRINTF 40
#define HOOK_ASSERT 48
#define HOOK_TRAP 56

conformance_text:
  descriptor store, 0, 16
  descriptor load, 0, 16
  descriptor poke, 0, 16
  descriptor jump, 0, 8
  descriptor illegal, 0, 0
  descriptor trap, 0, 0
  descriptor assert, 0, 0
  descriptor print, 0, 0
  descriptor barrier, 0, 8
  descriptor loop, 1, 16
  descriptor variable, 0, 8
  descriptor spin, 0, 8
  descriptor divide, 0, 8

// {u64 out; u32 add}: out[blockIdx.x * blockDim.x + threadIdx.x] = that index + add
code_store:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  mov edx, [rax + CTAID_X]
  imul edx, [rax + NTID_X]
  add edx, TID_X
  mov rsi, [rcx]
  mov r8d, [rcx + 8]
  add r8d, edx
  mov [rsi + rdx * 4], r8d
  ret

// {u64 out; u64 address}: *out = *address
code_load:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  mov rdx, [rcx + 8]
  mov rdx, [rdx]
  mov rax, [rcx]
  mov [rax], rdx
  ret

// {u64 address; u32 block; u32 thread}: that thread of that block stores 1 to address
code_poke:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  mov edx, [rax + CTAID_X]
  cmp edx, [rcx + 8]
  jne 1f
  mov edx, TID_X
  cmp edx, [rcx + 12]
  jne 1f
  mov rdx, [rcx]
  mov dword ptr [rdx], 1
1:
  ret

// {u64 address}: calls it
code_jump:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  jmp qword ptr [rcx]

code_illegal:
  ud2

code_trap:
  mov rax, BLOCK
  mov rax, [rax + HOOKS]
  sub rsp, 8
  call qword ptr [rax + HOOK_TRAP]
  ud2

code_assert:
  mov rax, BLOCK
  mov rax, [rax + HOOKS]
  lea rsi, [rip + text_message]
  lea rdx, [rip + text_file]
  mov ecx, 42
  lea r8, [rip + text_function]
  sub rsp, 8
  call qword ptr [rax + HOOK_ASSERT]
  ud2

code_print:
  mov rax, BLOCK
  mov rax, [rax + HOOKS]
  lea rsi, [rip + text_print]
  xor edx, edx
  sub rsp, 8
  call qword ptr [rax + HOOK_VPRINTF]
  add rsp, 8
  ret

// {u64 out}: shared[tid] = tid; barrier; out[tid] = shared[blockDim.x - 1 - tid]. Dynamic shared
// memory of 4 bytes for each thread.
code_barrier:
  push rbx
  mov rbx, rdi
  mov rax, BLOCK
  mov rcx, [rax + SHARED]
  mov edx, TID_X
  mov [rcx + rdx * 4], edx
  mov rax, [rax + HOOKS]
  xor esi, esi
  xor edx, edx
  xor ecx, ecx
  xor r8d, r8d  // no call site
  call qword ptr [rax + HOOK_BARRIER]
  mov rdi, rbx
  mov rax, BLOCK
  mov rcx, [rax + SHARED]
  mov edx, [rax + NTID_X]
  dec edx
  sub edx, TID_X
  mov r8d, [rcx + rdx * 4]
  mov rcx, [rax + ARGS]
  mov rcx, [rcx]
  mov edx, TID_X
  mov [rcx + rdx * 4], r8d
  pop rbx
  ret

// {u64 out; u32 add}: as store, as a plain loop over the threads of a block with one dimension
code_loop:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  mov edx, [rax + CTAID_X]
  imul edx, [rax + NTID_X]
  mov rsi, [rcx]
  mov r9d, [rcx + 8]
  xor r8d, r8d
1:
  mov TID_X, r8d
  mov LINEAR_TID, r8d
  lea ecx, [rdx + r8]
  lea r10d, [rcx + r9]
  mov [rsi + rcx * 4], r10d
  inc r8d
  cmp r8d, [rax + NTID_X]
  jb 1b
  ret

// {u64 out}: *out = first data word + what the second data word, a pointer, points to. The data
// segment is 4096 bytes after the start of the text.
code_variable:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  mov rcx, [rcx]
  mov rdx, [rip + conformance_text + 4096]
  mov rax, [rip + conformance_text + 4104]
  add rdx, [rax]
  mov [rcx], rdx
  ret

// {u64 flag}: until *flag is not 0
code_spin:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  mov rcx, [rcx]
1:
  pause
  cmp dword ptr [rcx], 0
  je 1b
  ret

// {u32 divisor}: 7 / divisor
code_divide:
  mov rax, BLOCK
  mov rcx, [rax + ARGS]
  mov eax, 7
  cdq
  idiv dword ptr [rcx]
  ret

text_message:
  .asciz "x == 1"
text_file:
  .asciz "kernel.su"
text_function:
  .asciz "check"
text_print:
  .asciz "hello from the device\n"
conformance_text_end:
#endif
  .section .note.GNU-stack, "", @progbits
