#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "opensupa/hal/registry.h"
#include "opensupa/port/port.h"

/// The user-mode driver for cards behind a port (uapi.h). It owns the process's device addresses,
/// writes packets into rings in shared memory and waits on fences in memory.
namespace opensupa::native {

/// One card: its model and its number among all cards of the list, from 0.
struct Card {
  std::string model;
  uint32_t index = 0;
};

/// The cards of `specs` in order, numbered through: "BR106M*2,BR166" gives 0, 1, 2.
std::vector<Card> ExpandSpecs(const std::vector<hal::DeviceSpec>& specs);

/// Opens a render node of `card`. Called once for each device that is opened, and once for each
/// card by MakeNativeAdapter, from any thread.
using PortFactory = std::function<StatusOr<std::unique_ptr<port::Port>>(const Card& card)>;

/// Asks every card for its properties. A card that cannot be opened or speaks another version of
/// the uAPI fails the whole, and the message names it.
StatusOr<std::unique_ptr<hal::Adapter>> MakeNativeAdapter(std::string backend_name,
                                                          std::vector<Card> cards,
                                                          PortFactory open_port);

}  // namespace opensupa::native
