/// Element types named by the math libraries. Numbers are those of CUDA 12.
#ifndef SUPA_DEVICE_LIBRARY_TYPES_H_
#define SUPA_DEVICE_LIBRARY_TYPES_H_

typedef enum supaDataType_t {
  SUPA_R_32F = 0,
  SUPA_R_64F = 1,
  SUPA_R_16F = 2,
  SUPA_R_8I = 3,
  SUPA_C_32F = 4,
  SUPA_C_64F = 5,
  SUPA_C_16F = 6,
  SUPA_C_8I = 7,
  SUPA_R_8U = 8,
  SUPA_C_8U = 9,
  SUPA_R_32I = 10,
  SUPA_C_32I = 11,
  SUPA_R_32U = 12,
  SUPA_C_32U = 13,
  SUPA_R_16BF = 14,
  SUPA_C_16BF = 15,
  SUPA_R_4I = 16,
  SUPA_C_4I = 17,
  SUPA_R_4U = 18,
  SUPA_C_4U = 19,
  SUPA_R_16I = 20,
  SUPA_C_16I = 21,
  SUPA_R_16U = 22,
  SUPA_C_16U = 23,
  SUPA_R_64I = 24,
  SUPA_C_64I = 25,
  SUPA_R_64U = 26,
  SUPA_C_64U = 27,
  SUPA_R_8F_E4M3 = 28,
  SUPA_R_8F_E5M2 = 29
} supaDataType;

typedef enum supaLibraryPropertyType_t {
  supaLibraryMajorVersion = 0,
  supaLibraryMinorVersion = 1,
  supaLibraryPatchLevel = 2
} supaLibraryPropertyType;

#endif  // SUPA_DEVICE_LIBRARY_TYPES_H_
