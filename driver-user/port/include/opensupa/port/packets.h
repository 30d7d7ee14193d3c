#ifndef OPENSUPA_PORT_PACKETS_H_
#define OPENSUPA_PORT_PACKETS_H_

/* Packets of a queue's ring: 64 bytes each, retired in order. A packet starts when all before it in
 * the same ring are done. Addresses are device addresses of the queue's VM. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SUPA_PACKET_BYTES 64u

enum supa_packet_type {
  SUPA_PACKET_NOP = 0,
  SUPA_PACKET_DISPATCH = 1,
  SUPA_PACKET_COPY = 2,
  SUPA_PACKET_COPY_RECT = 3,
  SUPA_PACKET_FILL = 4,
  SUPA_PACKET_SIGNAL = 5, /* store value, then look at every waiting queue and wake waiting hosts */
  SUPA_PACKET_WAIT = 6,   /* until *address >= value (or == for SUPA_WAIT_EQUAL) */
  SUPA_PACKET_TIMESTAMP = 7, /* store the device clock in ns */
  SUPA_PACKET_TYPE_COUNT
};

struct supa_packet_header {
  uint8_t type;
  uint8_t flags;
  uint16_t reserved;
};

/* Header flag of a dispatch: all blocks are in flight at a time and can meet. */
#define SUPA_DISPATCH_COOPERATIVE 1u
#define SUPA_MAX_CLUSTER_BLOCKS 16u
#define SUPA_HEAP_UNIT_BYTES 4096u

struct supa_packet_dispatch {
  struct supa_packet_header header;
  uint32_t dynamic_shared_bytes;
  uint64_t descriptor_va; /* KernelDescriptor */
  uint64_t args_va;       /* stays valid until the packet is retired */
  uint32_t grid[3];
  uint16_t block[3];
  uint16_t cluster[3]; /* blocks; divides the grid; all 0 = no clusters */
  uint64_t cookie;     /* comes back in fault events */
  uint32_t heap_units; /* most that malloc() gives out, in units of SUPA_HEAP_UNIT_BYTES */
  uint32_t reserved1;
};

struct supa_packet_copy {
  struct supa_packet_header header;
  uint32_t reserved0;
  uint64_t dst_va;
  uint64_t src_va;
  uint64_t size_bytes;
  uint64_t reserved1[4];
};

/* height rows of width_bytes in each of depth slices; the parameters stand in memory since they do
 * not fit. */
struct supa_copy_rect {
  uint64_t dst_va, src_va;
  uint64_t dst_pitch_bytes, src_pitch_bytes;
  uint64_t dst_slice_bytes, src_slice_bytes;
  uint64_t width_bytes, height, depth;
};
struct supa_packet_copy_rect {
  struct supa_packet_header header;
  uint32_t reserved0;
  uint64_t rect_va; /* struct supa_copy_rect, valid until the packet is retired */
  uint64_t reserved1[6];
};

/* Fills height rows of width_elements elements of element_bytes (1, 2, 4 or 8) with value; rows are
 * pitch_bytes apart. */
struct supa_packet_fill {
  struct supa_packet_header header;
  uint32_t element_bytes;
  uint64_t dst_va;
  uint64_t value;
  uint64_t width_elements;
  uint64_t height;
  uint64_t pitch_bytes;
  uint64_t reserved[2];
};

#define SUPA_WAIT_EQUAL 1u  /* header.flags */
#define SUPA_VALUE_32BIT 2u /* header.flags: the value at address is 32 bits */

struct supa_packet_fence { /* SIGNAL, WAIT, TIMESTAMP */
  struct supa_packet_header header;
  uint32_t reserved0;
  uint64_t address;
  uint64_t value;
  uint64_t reserved1[5];
};

union supa_packet {
  struct supa_packet_header header;
  struct supa_packet_dispatch dispatch;
  struct supa_packet_copy copy;
  struct supa_packet_copy_rect copy_rect;
  struct supa_packet_fill fill;
  struct supa_packet_fence fence;
  uint8_t bytes[SUPA_PACKET_BYTES];
};

#ifdef __cplusplus
}
static_assert(sizeof(supa_packet_dispatch) == SUPA_PACKET_BYTES);
static_assert(sizeof(supa_packet_copy) == SUPA_PACKET_BYTES);
static_assert(sizeof(supa_packet_copy_rect) == SUPA_PACKET_BYTES);
static_assert(sizeof(supa_packet_fill) == SUPA_PACKET_BYTES);
static_assert(sizeof(supa_packet_fence) == SUPA_PACKET_BYTES);
static_assert(sizeof(supa_packet) == SUPA_PACKET_BYTES);
#endif
#endif /* OPENSUPA_PORT_PACKETS_H_ */
