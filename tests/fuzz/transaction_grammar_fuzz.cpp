#include "protocol/transaction_grammar.hpp"

#include <cstdlib>

namespace {

void require(bool held)
{
    if (!held)
        std::abort();
}

}  // namespace

// Whatever follows whatever: borders meet, and nothing is in a transaction that has not begun. The
// input is events: a byte for the type, one for the size of the body, the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    protocol::transaction_grammar grammar;
    protocol::byte_view rest(data, size);
    while (rest.size() >= 2) {
        protocol::event_view event;
        event.header.type = static_cast<protocol::event_type>(rest[0]);
        event.body = rest.subspan(2, std::min<std::size_t>(rest[1], rest.size() - 2));
        rest = rest.subspan(2 + event.body.size());

        const bool was_open = grammar.open();
        const protocol::transaction_step step = grammar.on(protocol::role_of(event));
        require(grammar.open() == !step.ends);
        require(!step.abandons || was_open);
        require(!step.begins || !was_open || step.abandons);
        require(!grammar.open() || was_open || step.begins);
        require(!grammar.begun() || grammar.open());
    }
    return 0;
}
