/// supaCreateChannelDesc<T>(): the format of an array whose elements are of type T, for C++.
#ifndef SUPA_RUNTIME_CHANNEL_DESCRIPTOR_H_
#define SUPA_RUNTIME_CHANNEL_DESCRIPTOR_H_

#include "supa_runtime_api.h"

/// A type that no array can hold has no components, and the kind None.
template <class T>
inline supaChannelFormatDesc supaCreateChannelDesc() {
  return ::supaCreateChannelDesc(0, 0, 0, 0, supaChannelFormatKindNone);
}

#define OPENSUPA_CHANNEL(type, count, bits, kind)                                            \
  template <>                                                                                \
  inline supaChannelFormatDesc supaCreateChannelDesc<type>() {                               \
    return ::supaCreateChannelDesc(bits, (count) > 1 ? (bits) : 0, (count) > 2 ? (bits) : 0, \
                                   (count) > 3 ? (bits) : 0, supaChannelFormatKind##kind);   \
  }
#define OPENSUPA_CHANNELS(scalar, vector, bits, kind) \
  OPENSUPA_CHANNEL(scalar, 1, bits, kind)             \
  OPENSUPA_CHANNEL(vector##1, 1, bits, kind)          \
  OPENSUPA_CHANNEL(vector##2, 2, bits, kind)          \
  OPENSUPA_CHANNEL(vector##4, 4, bits, kind)

OPENSUPA_CHANNEL(char, 1, 8, Signed)
OPENSUPA_CHANNELS(signed char, char, 8, Signed)
OPENSUPA_CHANNELS(unsigned char, uchar, 8, Unsigned)
OPENSUPA_CHANNELS(short, short, 16, Signed)
OPENSUPA_CHANNELS(unsigned short, ushort, 16, Unsigned)
OPENSUPA_CHANNELS(int, int, 32, Signed)
OPENSUPA_CHANNELS(unsigned int, uint, 32, Unsigned)
OPENSUPA_CHANNELS(float, float, 32, Float)

#undef OPENSUPA_CHANNELS
#undef OPENSUPA_CHANNEL

#endif  // SUPA_RUNTIME_CHANNEL_DESCRIPTOR_H_
