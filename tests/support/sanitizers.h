#pragma once

namespace mrgc::testing {

/// Whether the tests were built with a sanitizer, under which everything takes several times as long: tests of many
/// rounds then do fewer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace mrgc::testing
