/// What programs tell jemalloc, which looks for it by this name; the environment variable MALLOC_CONF goes before it.
/// A memtable that was flushed is soon followed by another. With its pages given back after 10 s, as is the default,
/// each page costs a fault again, which took 7 % of a server's synced writes (docs/performance.md).
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:60000";
}
