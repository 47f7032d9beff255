#pragma once

#include <vector>

#include "cli/context.h"
#include "cli/json.h"
#include "mrgc/fleet/rows.h"

namespace mrgc::cli {

/// An instance as a JSON object. Facts that are not known are null.
void write_instance(Json& json, const fleet::GpuInstance& instance);

/// An instance in full: a line for each fact for people, or one JSON object.
void show_instance(const Context& context, const fleet::GpuInstance& instance);

/// Instances in short: a table for people, or `{"instances": [...]}`.
void show_instances(const Context& context, const std::vector<fleet::GpuInstance>& instances);

}  // namespace mrgc::cli
