#pragma once

#include <memory>
#include <string_view>

#include "engine/change_log.h"
#include "engine/kv.h"
#include "engine/rocksdb_kv.h"
#include "mrgc/engine/embedded_store.h"

namespace mrgc::engine {

/// How the files of a store with these options are opened.
RocksdbOptions rocksdb_options(const EngineOptions& options);

/// The embedded store over any `KvStore`, with what the rest of the project needs besides `EmbeddedStore`.
class Engine : public EmbeddedStore {
 public:
  /// Opens the engine's state in `kv`. `place` tells where `kv` lies: when it is another than at the last opening, this
  /// is a copy, or was restored as one, and the change log gets a new identity. Errors: `kStorage` when it does not
  /// read back.
  static Result<std::unique_ptr<Engine>> open(std::unique_ptr<KvStore> kv, const EngineOptions& options,
                                              std::string_view place = {});

  virtual const ChangeLog& change_log() const = 0;
};

}  // namespace mrgc::engine
