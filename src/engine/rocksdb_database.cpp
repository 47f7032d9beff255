#include "engine/rocksdb_database.h"

namespace mrgc::engine {

RocksdbDatabase::~RocksdbDatabase() {
  if (log_room != nullptr) log_room->stop();
  if (db == nullptr) return;
  for (rocksdb::ColumnFamilyHandle* family : families) db->DestroyColumnFamilyHandle(family);
  db->Close();
}

rocksdb::Status RocksdbDatabase::flush() {
  rocksdb::Status status = db->Flush({}, families);
  if (status.ok()) status = db->SyncWAL();
  if (status.ok()) watermark->store_flushed(db->GetLatestSequenceNumber());
  return status;
}

}  // namespace mrgc::engine
