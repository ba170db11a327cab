#include "core/node/ticket.hpp"

#include "core/node/queue.hpp"
#include "core/node/switching.hpp"

namespace haas::node {

void Ticket::abandon() {
    if (const std::shared_ptr<Switching> switching = switching_.lock()) return switching->abandon();
    const std::shared_ptr<Queue> queue = queue_.lock();
    const std::shared_ptr<Operation> operation = operation_.lock();
    if (!queue || !operation) return;
    queue->abandon(*operation, asker_, {Errc::cancelled, "given up before it had begun; nothing was sent", Effect::none});
}

}  // namespace haas::node
