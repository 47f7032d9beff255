#include "engine/sorted_file_check.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/little_endian.h"
#include "item/varint.h"

namespace mrgc::engine {
namespace {

using rocksdb::IOStatus;

// The format (RocksDB wiki, "Rocksdb BlockBasedTable Format"): blocks, each followed by how it is compressed and by a
// checksum of both; the last but one holds the file's properties, the last one is a directory of blocks by name. At the
// end the kind of checksum, the places of directory and index, filled up with zeros, the format's version and a mark.
constexpr std::size_t kTrailer = 1 + 4;
constexpr std::size_t kPlaces = 40;
constexpr std::size_t kFooter = 1 + kPlaces + 4 + 8;
constexpr std::uint8_t kXxh3 = 4;
constexpr std::uint32_t kMarkLow = 0x85F4'CFF7;
constexpr std::uint32_t kMarkHigh = 0x88E2'41B7;
constexpr std::string_view kProperties = "rocksdb.properties";

struct Place {
  std::uint64_t offset;
  std::uint64_t size_bytes;
};

std::optional<Place> take_place(std::string_view& in) {
  const auto offset = item::try_take_varint(in);
  const auto size_bytes = offset ? item::try_take_varint(in) : std::nullopt;
  return size_bytes ? std::optional(Place{*offset, *size_bytes}) : std::nullopt;
}

// RocksDB's use of XXH3: of all but the last byte, which is mixed in.
std::uint32_t checksum_of(std::string_view bytes) {
  const auto hash = static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size() - 1));
  return hash ^ (byte_at(bytes, bytes.size() - 1) * 0x6B90'83D9U);
}

// Where a directory has the properties. Its entries: how many bytes of the name are as in the entry before (none here),
// how many more it has, and how many its place; name and place. Behind the entries four bytes for each, and their
// number.
std::optional<Place> find_properties(std::string_view directory) {
  if (directory.size() < 4) return std::nullopt;
  const std::size_t index_bytes = 4 * (std::size_t{1} + u32_at(directory, directory.size() - 4));
  if (index_bytes > directory.size()) return std::nullopt;
  directory.remove_suffix(index_bytes);
  while (!directory.empty()) {
    const auto shared = item::try_take_varint(directory);
    const auto name_bytes = item::try_take_varint(directory);
    const auto place_bytes = item::try_take_varint(directory);
    if (shared != 0 || !name_bytes || !place_bytes || *name_bytes > directory.size()) return std::nullopt;
    const std::string_view name = item::take_bytes(directory, *name_bytes);
    if (*place_bytes > directory.size()) return std::nullopt;
    std::string_view place = item::take_bytes(directory, *place_bytes);
    if (name == kProperties) return take_place(place);
  }
  return std::nullopt;
}

class SortedFileEnd {
 public:
  SortedFileEnd(const std::string& name, rocksdb::FSRandomAccessFile& file, std::uint64_t size_bytes)
      : name_(name), file_(file), size_bytes_(size_bytes) {}

  IOStatus check() {
    std::string bytes;
    if (size_bytes_ < kFooter) return damaged("it is cut off");
    if (auto status = read({size_bytes_ - kFooter, kFooter}, bytes); !status.ok()) return status;
    const std::string_view footer = bytes;
    if (u32_at(footer, kFooter - 8) != kMarkLow || u32_at(footer, kFooter - 4) != kMarkHigh) {
      return damaged("its last bytes are not those of a sorted file");
    }
    if (byte_at(footer, 0) != kXxh3 || u32_at(footer, 1 + kPlaces) != kSortedFileVersion) {
      return damaged("its last bytes tell of another format");
    }
    std::string_view places = footer.substr(1, kPlaces);
    std::string directory;
    if (auto status = read_block(take_place(places), "blocks' names", directory); !status.ok()) return status;
    std::string properties;
    return read_block(find_properties(directory), "properties", properties);
  }

 private:
  IOStatus damaged(std::string_view why) const { return IOStatus::Corruption(fmt::format("{}: {}", name_, why)); }

  IOStatus read(const Place& place, std::string& bytes) {
    bytes.resize(place.size_bytes);
    rocksdb::Slice found;
    const IOStatus status =
        file_.Read(place.offset, bytes.size(), rocksdb::IOOptions(), &found, bytes.data(), /*dbg=*/nullptr);
    if (!status.ok()) return status;
    if (found.size() < bytes.size()) return damaged("it was cut off while it was read");
    if (found.data() != bytes.data()) bytes.assign(found.data(), found.size());
    return status;
  }

  // The block without its trailer.
  IOStatus read_block(const std::optional<Place>& place, std::string_view what, std::string& block) {
    if (!place || place->size_bytes > size_bytes_ || place->offset > size_bytes_ ||
        place->offset + place->size_bytes + kTrailer + kFooter > size_bytes_) {
      return damaged(fmt::format("the place of its {} is none", what));
    }
    if (auto status = read({place->offset, place->size_bytes + kTrailer}, block); !status.ok()) return status;
    const std::size_t checked_bytes = block.size() - 4;
    if (u32_at(block, checked_bytes) != checksum_of(std::string_view(block).substr(0, checked_bytes))) {
      return damaged(fmt::format("its {} do not read back", what));
    }
    block.resize(place->size_bytes);
    return IOStatus::OK();
  }

  const std::string& name_;
  rocksdb::FSRandomAccessFile& file_;
  const std::uint64_t size_bytes_;
};

}  // namespace

IOStatus CheckedSortedFiles::NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                                 rocksdb::IODebugContext* dbg) {
  IOStatus status = FileSystemWrapper::NewRandomAccessFile(name, options, file, dbg);
  if (!status.ok() || !name.ends_with(".sst")) return status;
  std::uint64_t size_bytes = 0;
  status = GetFileSize(name, options.io_options, &size_bytes, dbg);
  if (status.ok()) status = SortedFileEnd(name, **file, size_bytes).check();
  if (!status.ok()) file->reset();
  return status;
}

}  // namespace mrgc::engine
