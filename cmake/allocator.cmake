# jemalloc for programs. With glibc's allocator, who frees many small blocks makes whoever allocates next pay for
# putting them in order: 5 ms in the middle of a query, measured. Sanitizers bring an allocator of their own.
option(MRGC_JEMALLOC "Link programs with jemalloc" ON)
add_library(mrgc_allocator INTERFACE)
if(MRGC_JEMALLOC)
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
  target_link_libraries(mrgc_allocator INTERFACE ${JEMALLOC_LIBRARY})
  # Nothing of it is called by name, so the linker would leave it out.
  target_link_options(mrgc_allocator INTERFACE LINKER:--no-as-needed)
endif()
