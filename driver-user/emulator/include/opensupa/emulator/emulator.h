#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "opensupa/base/status.h"
#include "opensupa/port/port.h"

/// Emulated cards, reached only through the port.
namespace opensupa::emu {

/// Opens card `index` of `model` ("BR106M") as a new client. All clients of one model and index in
/// the process share the card; its handles belong to the client, and closing the port frees all
/// that the client made there. The port must not be used in a forked child: there it answers
/// -ENODEV.
StatusOr<std::unique_ptr<port::Port>> OpenCard(const std::string& model, uint32_t index);

/// Names that OpenCard takes.
std::vector<std::string> CardModels();

}  // namespace opensupa::emu
