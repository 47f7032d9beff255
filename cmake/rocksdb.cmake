# RocksDB. Linked into the program it is faster than as a shared library: each of its many accesses to thread-local
# counters is then one instruction instead of a call, and a program starts without looking its symbols up.
# ThreadSanitizer needs it as a module of its own, because it is told to leave modules alone that are not instrumented.
option(MRGC_STATIC_ROCKSDB "Link RocksDB into programs" OFF)
add_library(mrgc_rocksdb INTERFACE)
if(MRGC_STATIC_ROCKSDB)
  # The others are what it stands on.
  foreach(name rocksdb snappy bz2 lz4 zstd gflags)
    find_library(MRGC_STATIC_${name} lib${name}.a REQUIRED)
    target_link_libraries(mrgc_rocksdb INTERFACE ${MRGC_STATIC_${name}})
  endforeach()
  target_link_libraries(mrgc_rocksdb INTERFACE ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
else()
  find_library(MRGC_SHARED_ROCKSDB rocksdb REQUIRED)
  target_link_libraries(mrgc_rocksdb INTERFACE ${MRGC_SHARED_ROCKSDB})
endif()
