#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"

#include <cstdlib>

namespace {

template <class Command>
void check_again(
    const protocol::result<Command>& command,
    protocol::result<Command> (*parse)(protocol::byte_view),
    void (*append)(protocol::byte_buffer&, const Command&)
)
{
    if (!command)
        return;
    protocol::byte_buffer out;
    append(out, *command);
    if (parse(out) != command)
        std::abort();
}

}  // namespace

// A command that is read is written and read again as the same; a query's text is the end of its
// packet.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    const byte_view packet(data, size);
    check_again(parse_binlog_dump(packet), parse_binlog_dump, append_binlog_dump);
    check_again(parse_binlog_dump_gtid(packet), parse_binlog_dump_gtid, append_binlog_dump_gtid);
    check_again(parse_register_slave(packet), parse_register_slave, append_register_slave);
    for (const std::uint32_t capabilities : {0U, capability::query_attributes}) {
        const auto text = parse_query_text(packet, capabilities);
        if (text && !as_text(packet).ends_with(*text))
            std::abort();
    }
    return 0;
}
