// Makes a large binlog file out of a small one that a server wrote: copies it, then repeats its
// row transactions with rising GTIDs, clocks, XIDs and right positions and checksums, and ends it
// with a ROTATE. A server that is started on it serves it as its own.
//
//   make_binlog SAMPLE OUTPUT --mib 1024 --next mysql-bin.000002
//
// Prints how many bytes, events and transactions it wrote.

#include "protocol/binlog_file.hpp"
#include "protocol/control_event.hpp"
#include "protocol/event.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fstream>

namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::event_type;

// In the body of a GTID event: flags 1, UUID 16, number 8, clock type 1, last_committed 8,
// sequence_number 8.
constexpr std::size_t gtid_number_offset = protocol::event_header_size + 17;
constexpr std::size_t last_committed_offset = gtid_number_offset + 9;
constexpr std::size_t sequence_offset = last_committed_offset + 8;

struct transaction
{
    std::vector<byte_view> events;
};

class log_maker
{
public:
    explicit log_maker(const std::string& output) : out_(output, std::ios::binary)
    {
        const byte_view magic = protocol::as_bytes(protocol::binlog_magic);
        write(magic);
    }

    void add_alone(byte_view event) { put({event.begin(), event.end()}); }
    void add(const transaction& from)
    {
        ++number_;
        for (const byte_view bytes : from.events) {
            byte_buffer event(bytes.begin(), bytes.end());
            const auto type = static_cast<event_type>(event[4]);
            if (type == event_type::gtid) {
                protocol::store(&event[gtid_number_offset], number_);
                protocol::store(&event[last_committed_offset], number_ - 1);
                protocol::store(&event[sequence_offset], number_);
            } else if (type == event_type::xid) {
                protocol::store(&event[protocol::event_header_size], number_ + 1000);
            }
            put(std::move(event));
        }
    }
    void end_with(const std::string& next, const protocol::event_header& like)
    {
        byte_buffer event;
        protocol::append_rotate(event, like, {4, next}, protocol::checksum::crc32);
        put(std::move(event));
        out_.flush();
        if (!out_)
            throw std::runtime_error("the output cannot be written");
    }

    std::uint64_t size() const { return size_; }
    std::uint64_t events() const { return events_; }
    std::uint64_t transactions() const { return number_; }

private:
    void put(byte_buffer event)
    {
        const auto end = static_cast<std::uint32_t>(size_ + event.size());
        protocol::store(&event[protocol::event_end_log_pos_offset], end);
        protocol::seal(event, protocol::checksum::crc32);
        write(event);
        ++events_;
    }
    void write(byte_view bytes)
    {
        out_.write(
            reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
        );
        size_ += bytes.size();
    }

    std::ofstream out_;
    std::uint64_t size_ = 0;
    std::uint64_t events_ = 0;
    std::uint64_t number_ = 0;
};

byte_buffer load(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    byte_buffer bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (bytes.size() < 64)
        throw std::runtime_error(file + " is no binlog");
    return bytes;
}

void make(
    const std::string& sample,
    const std::string& output,
    std::uint64_t size,
    const std::string& next
)
{
    byte_buffer source = load(sample);
    log_maker made(output);
    std::vector<transaction> rows;
    transaction now;
    std::size_t at = protocol::binlog_magic.size();
    protocol::event_header first;
    while (source.size() - at >= protocol::event_header_size) {
        const auto rest = std::span(source).subspan(at);
        const protocol::event_header header = protocol::load_event_header(rest);
        if (header.size < protocol::event_header_size || header.size > rest.size())
            throw std::runtime_error("the sample is damaged");
        const auto event = rest.first(header.size);
        at += header.size;
        if (header.type == event_type::format_description) {
            first = header;
            event[protocol::event_flags_offset] &=
                static_cast<std::uint8_t>(~protocol::event_in_use);
            made.add_alone(event);
        } else if (header.type == event_type::previous_gtids) {
            made.add_alone(event);
        } else if (header.type != event_type::rotate && header.type != event_type::stop) {
            if (header.type == event_type::gtid && !now.events.empty()) {
                made.add(now);  // it was DDL: no XID ended it
                now.events.clear();
            }
            now.events.emplace_back(event);
            if (header.type == event_type::xid) {
                rows.push_back(std::exchange(now, {}));
                made.add(rows.back());
            }
        }
    }
    if (rows.empty())
        throw std::runtime_error("the sample holds no row transaction");
    for (std::size_t i = 0; made.size() < size; i = (i + 1) % rows.size())
        made.add(rows[i]);
    made.end_with(
        next,
        {.timestamp = first.timestamp, .type = event_type::rotate, .server_id = first.server_id}
    );
    fmt::print("{} {} {}\n", made.size(), made.events(), made.transactions());
}

}  // namespace

int main(int argc, char** argv)
{
    std::string sample;
    std::string output;
    std::string next = "mysql-bin.000002";
    std::uint64_t mib = 1024;
    CLI::App app{"makes a large binlog out of a small one"};
    app.add_option("sample", sample)->required();
    app.add_option("output", output)->required();
    app.add_option("--mib", mib);
    app.add_option("--next", next);
    CLI11_PARSE(app, argc, argv);
    try {
        make(sample, output, mib << 20, next);
    } catch (const std::exception& error) {
        fmt::print(stderr, "make_binlog: {}\n", error.what());
        return 1;
    }
    return 0;
}
