#pragma once

#include <cstddef>
#include <cstdint>

/// The limits of expressions, which together bound the work and the stack that any input can cost. Expressions that
/// stand for older parameters (`Length::kAny`) may have any number of bytes, operators and operands; who makes them
/// keeps them shallow.
/// Source: Developer Guide, "Quotas in Amazon DynamoDB: expression parameters".
namespace mrgc::expression {

/// The longest expression, in bytes.
inline constexpr std::size_t kMaxExpressionBytes = 4096;

/// The most operators and functions in one expression. Of update expressions, `=` and the clauses do not count.
inline constexpr int kMaxOperators = 300;

/// How deeply parentheses and functions may nest. Each level but two holds an operator or function of its own, so
/// deeper nesting is either over `kMaxOperators` or has redundant parentheses. The parser recurses a few calls a level,
/// and evaluation one call an operator: well under a megabyte of stack for any input.
inline constexpr int kMaxNesting = kMaxOperators + 2;

/// The most operands in the parentheses of `IN`.
inline constexpr std::size_t kMaxInOperands = 100;

/// The longest attribute name that a `#name` placeholder may stand for, in bytes.
inline constexpr std::size_t kMaxAttributeNameBytes = 65535;

/// The longest `#name` or `:value` placeholder, in bytes with its first character.
inline constexpr std::size_t kMaxPlaceholderBytes = 255;

/// The most bytes that all names and values of `ExpressionAttributeNames` and `ExpressionAttributeValues` may have
/// together, the values as DynamoDB counts their sizes.
inline constexpr std::size_t kMaxSubstitutionBytes = std::size_t{2} << 20;

/// The most elements of a document path: the top-level name and each `.name` and `[index]` after it.
inline constexpr std::size_t kMaxPathElements = 32;

/// The highest index in a document path.
inline constexpr std::uint32_t kMaxListIndex = 2147483647;

}  // namespace mrgc::expression
