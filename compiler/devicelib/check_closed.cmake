# Fails if the device library needs a symbol that it does not define.
execute_process(COMMAND "${NM}" --undefined-only "${BITCODE}"
  OUTPUT_VARIABLE undefined RESULT_VARIABLE result)
string(STRIP "${undefined}" undefined)
if(NOT result EQUAL 0 OR NOT undefined STREQUAL "")
  file(REMOVE "${BITCODE}")
  message(FATAL_ERROR "The device library ${BITCODE} has undefined symbols: ${undefined}")
endif()
