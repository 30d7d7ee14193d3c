/* Switch between stacks: only what a function must preserve is kept. The floating-point control
 * words are not: device code does not change them. */
    .text

#if defined(__x86_64__)

/* void (void** save_stack_pointer, void* load_stack_pointer) */
    .globl opensupa_emu_switch_stack
    .hidden opensupa_emu_switch_stack
    .type opensupa_emu_switch_stack, @function
opensupa_emu_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size opensupa_emu_switch_stack, . - opensupa_emu_switch_stack

/* First return target of a new stack: calls rbx(r12). Never returns. */
    .globl opensupa_emu_fiber_start
    .hidden opensupa_emu_fiber_start
    .type opensupa_emu_fiber_start, @function
opensupa_emu_fiber_start:
    .cfi_startproc
    .cfi_undefined rip
    movq %r12, %rdi
    callq *%rbx
    ud2
    .cfi_endproc
    .size opensupa_emu_fiber_start, . - opensupa_emu_fiber_start

#elif defined(__aarch64__)

    .globl opensupa_emu_switch_stack
    .hidden opensupa_emu_switch_stack
    .type opensupa_emu_switch_stack, %function
opensupa_emu_switch_stack:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x2, sp
    str x2, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret

/* First return target of a new stack: calls x19(x20). Never returns. */
    .globl opensupa_emu_fiber_start
    .hidden opensupa_emu_fiber_start
    .type opensupa_emu_fiber_start, %function
opensupa_emu_fiber_start:
    .cfi_startproc
    .cfi_undefined x30
    mov x0, x20
    blr x19
    brk #1
    .cfi_endproc

#else
#error "The emulated card runs on x86-64 and aarch64 hosts."
#endif

    .section .note.GNU-stack, "", %progbits
