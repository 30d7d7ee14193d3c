#ifndef OPENSUPA_PORT_UAPI_H_
#define OPENSUPA_PORT_UAPI_H_

/* The uAPI of an OpenSUPA render node, in the shape of Linux's xe driver. Plain C, fixed sizes,
 * little endian. Every struct starts with `extensions`, the user address of a chain of
 * supa_uapi_extension (0 = none). Fields named `reserved` and unknown flag bits must be zero, else
 * -EINVAL. All addresses and sizes of mappings are multiples of the 4096-byte page. Calls return 0
 * or a negative errno. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SUPA_UAPI_VERSION_MAJOR 1
#define SUPA_UAPI_VERSION_MINOR 0
#define SUPA_UAPI_PAGE_BYTES 4096u

struct supa_uapi_extension {
  uint64_t next_extension;
  uint32_t name;
  uint32_t reserved;
};

enum supa_uapi_op {
  SUPA_UAPI_QUERY = 0x00,
  SUPA_UAPI_BO_CREATE = 0x01,
  SUPA_UAPI_BO_DESTROY = 0x02,
  SUPA_UAPI_BO_MMAP = 0x03,
  SUPA_UAPI_VM_CREATE = 0x04,
  SUPA_UAPI_VM_DESTROY = 0x05,
  SUPA_UAPI_VM_BIND = 0x06,
  SUPA_UAPI_QUEUE_CREATE = 0x07,
  SUPA_UAPI_QUEUE_DESTROY = 0x08,
  SUPA_UAPI_DOORBELL = 0x09,
  SUPA_UAPI_WAIT_FENCE = 0x0a,
  SUPA_UAPI_EVENT_READ = 0x0b,
  SUPA_UAPI_RESET = 0x0c,
  SUPA_UAPI_OP_COUNT
};

/* QUERY. `topic` selects the struct copied to `data`; with size_bytes 0 only the size is returned.
 */
enum supa_uapi_query_topic {
  SUPA_UAPI_QUERY_DEVICE = 0, /* struct supa_uapi_device_info */
  SUPA_UAPI_QUERY_MEMORY = 1  /* struct supa_uapi_memory_info */
};

struct supa_uapi_query {
  uint64_t extensions;
  uint32_t topic;
  uint32_t size_bytes; /* in: room at data; out: size of the struct */
  uint64_t data;
  uint64_t reserved[2];
};

#define SUPA_UAPI_DEVICE_FLAG_UNIFIED_HOST_MAPPING \
  (1u << 0) /* bound memory is host-visible at its device address */
#define SUPA_UAPI_DEVICE_FLAG_EMULATED (1u << 1)

struct supa_uapi_device_info {
  uint32_t uapi_version_major;
  uint32_t uapi_version_minor;
  uint32_t flags;
  uint32_t dies;
  char model[32];        /* "BR106M" */
  char name[64];         /* product name */
  char architecture[16]; /* "br106" */
  char code_target[64];  /* target string of code objects, "x86-64-v4/reference" */
  uint8_t uuid[16];
  uint32_t pci_domain, pci_bus, pci_device, pci_function;
  uint32_t pci_vendor_id, pci_device_id;
  uint32_t compute_major, compute_minor;
  uint32_t multiprocessors;
  uint32_t warp_threads;
  uint32_t max_threads_per_block;
  uint32_t max_threads_per_multiprocessor;
  uint32_t max_blocks_per_multiprocessor;
  uint32_t max_block_dim[3];
  uint32_t max_grid_dim[3];
  uint32_t shared_bytes_per_block;       /* default limit */
  uint32_t shared_bytes_per_block_optin; /* limit after opting in */
  uint32_t shared_bytes_per_multiprocessor;
  uint32_t registers_per_block;
  uint32_t registers_per_multiprocessor;
  uint32_t l2_bytes;
  uint32_t core_clock_khz;
  uint32_t memory_clock_khz;
  uint32_t memory_bus_bits;
  uint32_t copy_engines;
  uint32_t compute_queues; /* most queues at one time */
  uint64_t memory_bytes;
  uint64_t constant_bytes;
  uint64_t features; /* SUPA_UAPI_FEATURE_* */
  uint64_t reserved[8];
};
#define SUPA_UAPI_FEATURE_FP64 (1ull << 0)
#define SUPA_UAPI_FEATURE_COOPERATIVE (1ull << 1)
#define SUPA_UAPI_FEATURE_CLUSTERS (1ull << 2)

struct supa_uapi_memory_info {
  uint64_t total_bytes;
  uint64_t free_bytes;
  uint64_t reserved[6];
};

/* BO_CREATE */
#define SUPA_UAPI_BO_PLACEMENT_DEVICE (1u << 0)
#define SUPA_UAPI_BO_PLACEMENT_HOST (1u << 1)
#define SUPA_UAPI_BO_FLAG_SHAREABLE                            \
  (1u << 0) /* the same part may be bound at several addresses \
             */

struct supa_uapi_bo_create {
  uint64_t extensions;
  uint64_t size_bytes; /* multiple of the page */
  uint32_t placement;  /* exactly one SUPA_UAPI_BO_PLACEMENT_* */
  uint32_t flags;
  uint32_t handle; /* out, never 0 */
  uint32_t reserved[3];
};

struct supa_uapi_bo_destroy {
  uint64_t extensions;
  uint32_t handle; /* -EBUSY while bound */
  uint32_t reserved;
};

/* BO_MMAP: where the host can reach the memory: fd of the render node's memory and offset. The
 * in-process transport returns fd -1 and `host_address` of the mapping made by VM_BIND (0 when not
 * bound). */
struct supa_uapi_bo_mmap {
  uint64_t extensions;
  uint32_t handle;
  int32_t fd;            /* out */
  uint64_t offset_bytes; /* out */
  uint64_t host_address; /* out */
  uint64_t reserved;
};

/* VM_CREATE: an address space. All binds must lie in [va_base, va_base + va_size_bytes), a range of
 * the caller's own address space that it has reserved (PROT_NONE) on devices with
 * UNIFIED_HOST_MAPPING. */
struct supa_uapi_vm_create {
  uint64_t extensions;
  uint64_t va_base;
  uint64_t va_size_bytes;
  uint32_t flags;
  uint32_t vm; /* out, never 0 */
  uint64_t reserved;
};

struct supa_uapi_vm_destroy {
  uint64_t extensions;
  uint32_t vm; /* queues of it must be gone, else -EBUSY */
  uint32_t reserved;
};

enum supa_uapi_bind_op {
  SUPA_UAPI_BIND_MAP = 0,         /* bo + bo_offset -> va */
  SUPA_UAPI_BIND_UNMAP = 1,       /* any sub-range of whole binds */
  SUPA_UAPI_BIND_MAP_USERPTR = 2, /* host memory at `userptr`, device address = host address */
  SUPA_UAPI_BIND_PROTECT = 3      /* changes the access of whole binds */
};
#define SUPA_UAPI_BIND_ACCESS_READ (1u << 0)
#define SUPA_UAPI_BIND_ACCESS_WRITE (1u << 1)
#define SUPA_UAPI_BIND_ACCESS_EXECUTE (1u << 2)

struct supa_uapi_vm_bind {
  uint64_t extensions;
  uint32_t vm;
  uint32_t op;
  uint32_t handle;
  uint32_t access;
  uint64_t bo_offset_bytes; /* or the user pointer for MAP_USERPTR (then va must be equal) */
  uint64_t va;
  uint64_t size_bytes;
  uint64_t reserved;
};

/* QUEUE_CREATE: a ring of 64-byte packets in memory bound in `vm`. */
enum supa_uapi_queue_class { SUPA_UAPI_QUEUE_COMPUTE = 0, SUPA_UAPI_QUEUE_COPY = 1 };

/* Shared by driver and device, one page bound in the VM (`control_va`). write_index is the driver's
 * (packets written, never wraps), read_index the device's (packets retired). A doorbell is a
 * release store to write_index; when `device_sleeping` is non-zero afterwards the driver also calls
 * SUPA_UAPI_DOORBELL. */
struct supa_uapi_queue_control {
  uint64_t write_index;
  uint64_t padding0[7];
  uint64_t read_index;
  uint64_t padding1[7];
  uint32_t device_sleeping;
  uint32_t error; /* non-zero once the queue is dead: SUPA_UAPI_EVENT_* that killed it */
  uint64_t padding2[7];
};

struct supa_uapi_queue_create {
  uint64_t extensions;
  uint32_t vm;
  uint32_t queue_class;
  int32_t priority;      /* 0 normal, negative is more urgent, down to -5 */
  uint32_t ring_packets; /* power of two, 16 to 65536 */
  uint64_t ring_va;      /* ring_packets * 64 bytes */
  uint64_t control_va;
  uint32_t queue; /* out, never 0 */
  uint32_t reserved[3];
};

struct supa_uapi_queue_destroy {
  uint64_t extensions;
  uint32_t queue; /* packets not yet retired are dropped; returns when none runs */
  uint32_t reserved;
};

/* DOORBELL: wakes the device when it sleeps; queue 0 makes it look at every queue again (after the
 * host wrote a fence). */
struct supa_uapi_doorbell {
  uint64_t extensions;
  uint32_t queue;
  uint32_t reserved;
};

/* WAIT_FENCE: until the 64-bit value at `address` is >= `value`. The caller's thread may be used to
 * run device work. -ETIME when the time is over, -ECANCELED when `vm` was killed by a fault (then
 * look at the events). */
struct supa_uapi_wait_fence {
  uint64_t extensions;
  uint64_t address;
  uint64_t value;
  int64_t timeout_ns; /* from now; negative = for ever, 0 = only look */
  uint32_t vm;        /* 0 = none */
  uint32_t reserved;
};

/* EVENT_READ: takes the oldest event of the VM; -EAGAIN when there is none. */
enum supa_uapi_event_type {
  SUPA_UAPI_EVENT_PAGE_FAULT = 1,
  SUPA_UAPI_EVENT_ILLEGAL_INSTRUCTION = 2,
  SUPA_UAPI_EVENT_ASSERT = 3, /* text = the message */
  SUPA_UAPI_EVENT_TRAP = 4,
  SUPA_UAPI_EVENT_STACK_OVERFLOW = 5,
  SUPA_UAPI_EVENT_BARRIER_DEADLOCK = 6, /* no thread of a block can go on */
  SUPA_UAPI_EVENT_BAD_PACKET = 7,
  SUPA_UAPI_EVENT_PRINTF = 8, /* not an error; text_bytes of output in text */
  SUPA_UAPI_EVENT_DEVICE_LOST = 9,
  SUPA_UAPI_EVENT_ARITHMETIC = 10
};
#define SUPA_UAPI_EVENT_TEXT_BYTES 1024u

struct supa_uapi_event {
  uint32_t type;
  uint32_t queue;
  uint64_t address; /* faulting device address */
  uint64_t program_counter;
  uint64_t descriptor_va; /* kernel descriptor of the dispatch, 0 = not in a kernel */
  uint64_t cookie;        /* of the dispatch packet */
  uint32_t access;        /* SUPA_UAPI_BIND_ACCESS_* */
  uint32_t block[3];
  uint32_t thread[3];
  uint32_t text_bytes;
  uint64_t sequence;
  char text[SUPA_UAPI_EVENT_TEXT_BYTES]; /* not NUL-terminated when full */
};

struct supa_uapi_event_read {
  uint64_t extensions;
  uint32_t vm;
  uint32_t reserved;
  uint64_t event; /* address of a struct supa_uapi_event */
  uint64_t reserved2;
};

enum supa_uapi_reset_scope { SUPA_UAPI_RESET_QUEUE = 0, SUPA_UAPI_RESET_DEVICE = 1 };

struct supa_uapi_reset {
  uint64_t extensions;
  uint32_t scope;
  uint32_t queue;
  uint64_t reserved;
};

#ifdef __cplusplus
}
#endif
#endif /* OPENSUPA_PORT_UAPI_H_ */
