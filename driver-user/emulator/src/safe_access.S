/* Accesses to memory that may be gone. Each function is a leaf that pushes nothing, so that the
 * signal handler can make it return 1 by moving the program counter from anywhere between
 * opensupa_emu_safe_begin and opensupa_emu_safe_end to opensupa_emu_safe_fixup. They return 0 when
 * the access was made. */
    .text

#define FUNCTION(name)            \
    .globl name;                  \
    .hidden name;                 \
    .type name, %function;        \
name:

#if defined(__x86_64__)

    .globl opensupa_emu_safe_begin
    .hidden opensupa_emu_safe_begin
opensupa_emu_safe_begin:

/* int (const void* address, uint64_t* out) */
FUNCTION(opensupa_emu_safe_load64)
    .cfi_startproc
    movq (%rdi), %rax
    movq %rax, (%rsi)
    xorl %eax, %eax
    ret
    .cfi_endproc

/* int (const void* address, uint64_t* out); 32 bits are read */
FUNCTION(opensupa_emu_safe_load32)
    .cfi_startproc
    movl (%rdi), %eax
    movq %rax, (%rsi)
    xorl %eax, %eax
    ret
    .cfi_endproc

/* int (void* address, uint64_t value), release */
FUNCTION(opensupa_emu_safe_release64)
    .cfi_startproc
    movq %rsi, (%rdi)
    xorl %eax, %eax
    ret
    .cfi_endproc

/* int (void* destination, const void* source); 64 bytes */
FUNCTION(opensupa_emu_safe_copy64)
    .cfi_startproc
    movups (%rsi), %xmm0
    movups 16(%rsi), %xmm1
    movups 32(%rsi), %xmm2
    movups 48(%rsi), %xmm3
    movups %xmm0, (%rdi)
    movups %xmm1, 16(%rdi)
    movups %xmm2, 32(%rdi)
    movups %xmm3, 48(%rdi)
    xorl %eax, %eax
    ret
    .cfi_endproc

/* int (void* address, uint64_t value), sequentially consistent */
FUNCTION(opensupa_emu_safe_store64)
    .cfi_startproc
    xchgq %rsi, (%rdi)
    xorl %eax, %eax
    ret
    .cfi_endproc

FUNCTION(opensupa_emu_safe_store32)
    .cfi_startproc
    xchgl %esi, (%rdi)
    xorl %eax, %eax
    ret
    .cfi_endproc

/* int (void* destination, const void* source, size_t bytes) */
FUNCTION(opensupa_emu_safe_copy)
    .cfi_startproc
    movq %rdx, %rcx
    rep movsb
    xorl %eax, %eax
    ret
    .cfi_endproc

/* int (void* destination, uint64_t value, size_t count, uint32_t element_bytes) */
FUNCTION(opensupa_emu_safe_fill)
    .cfi_startproc
    movq %rsi, %rax
    movl %ecx, %r8d
    movq %rdx, %rcx
    cmpl $1, %r8d
    je 1f
    cmpl $2, %r8d
    je 2f
    cmpl $4, %r8d
    je 4f
    rep stosq
    jmp 9f
1:  rep stosb
    jmp 9f
2:  rep stosw
    jmp 9f
4:  rep stosl
9:  xorl %eax, %eax
    ret
    .cfi_endproc

    .globl opensupa_emu_safe_end
    .hidden opensupa_emu_safe_end
opensupa_emu_safe_end:

FUNCTION(opensupa_emu_safe_fixup)
    .cfi_startproc
    movl $1, %eax
    ret
    .cfi_endproc

#elif defined(__aarch64__)

    .globl opensupa_emu_safe_begin
    .hidden opensupa_emu_safe_begin
opensupa_emu_safe_begin:

FUNCTION(opensupa_emu_safe_load64)
    ldar x2, [x0]
    str x2, [x1]
    mov w0, #0
    ret

FUNCTION(opensupa_emu_safe_load32)
    ldar w2, [x0]
    str x2, [x1]
    mov w0, #0
    ret

FUNCTION(opensupa_emu_safe_store64)
    stlr x1, [x0]
    mov w0, #0
    ret

FUNCTION(opensupa_emu_safe_release64)
    stlr x1, [x0]
    mov w0, #0
    ret

FUNCTION(opensupa_emu_safe_copy64)
    ldp q0, q1, [x1]
    ldp q2, q3, [x1, #32]
    stp q0, q1, [x0]
    stp q2, q3, [x0, #32]
    mov w0, #0
    ret

FUNCTION(opensupa_emu_safe_store32)
    stlr w1, [x0]
    mov w0, #0
    ret

FUNCTION(opensupa_emu_safe_copy)
1:  cmp x2, #16
    b.lo 2f
    ldp x3, x4, [x1], #16
    stp x3, x4, [x0], #16
    sub x2, x2, #16
    b 1b
2:  cbz x2, 3f
    ldrb w3, [x1], #1
    strb w3, [x0], #1
    sub x2, x2, #1
    b 2b
3:  mov w0, #0
    ret

FUNCTION(opensupa_emu_safe_fill)
1:  cbz x2, 9f
    cmp w3, #8
    b.ne 4f
    str x1, [x0], #8
    b 8f
4:  cmp w3, #4
    b.ne 2f
    str w1, [x0], #4
    b 8f
2:  cmp w3, #2
    b.ne 3f
    strh w1, [x0], #2
    b 8f
3:  strb w1, [x0], #1
8:  sub x2, x2, #1
    b 1b
9:  mov w0, #0
    ret

    .globl opensupa_emu_safe_end
    .hidden opensupa_emu_safe_end
opensupa_emu_safe_end:

FUNCTION(opensupa_emu_safe_fixup)
    mov w0, #1
    ret

#else
#error "The emulated card runs on x86-64 and aarch64 hosts."
#endif

    .section .note.GNU-stack, "", %progbits
