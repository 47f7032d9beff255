# jemalloc for programs. With glibc's allocator, who frees many small blocks makes whoever allocates next pay for
# putting them in order: 5 ms in the middle of a query, measured. It is linked into them: a shared library more takes
# every start half a millisecond or more. Sanitizers bring an allocator of their own.
option(MRGC_JEMALLOC "Link programs with jemalloc" ON)
add_library(mrgc_allocator INTERFACE)
if(MRGC_JEMALLOC)
  find_library(MRGC_STATIC_jemalloc libjemalloc_pic.a REQUIRED)
  target_link_libraries(mrgc_allocator INTERFACE ${MRGC_STATIC_jemalloc})
  target_sources(mrgc_allocator INTERFACE ${CMAKE_CURRENT_LIST_DIR}/allocator.cpp)
endif()
