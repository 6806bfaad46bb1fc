#include "proxy/store/checkpoint.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"
#include "proxy/store/index.hpp"

namespace proxy {

namespace {

constexpr std::string_view checkpoint_magic = "unghost checkpoint\n";
constexpr std::uint32_t checkpoint_version = 2;
constexpr std::uint32_t version_without_epochs = 1;
// Of a place with an empty name: for the check of a count before anything is allocated for it.
constexpr std::size_t least_place = 4 + 1 + 8;

void append_set(protocol::writer& to, const protocol::gtid_set& set)
{
    to.text_lenenc(protocol::to_text(set));
}

protocol::gtid_set read_set(protocol::reader& from)
{
    auto set = protocol::parse_gtid_set(from.text_lenenc());
    if (set)
        return *std::move(set);
    from.fail();
    return {};
}

void append_epochs(protocol::writer& to, const followed_epochs& epochs)
{
    to.lenenc(epochs.known_up_to.size());
    for (const rewrite::coordinate& place : epochs.known_up_to)
        rewrite::append_coordinate(to, place);
    append_set(to, epochs.past_the_log);
    append_set(to, epochs.lost);
    to.u8(epochs.anonymous ? 1 : 0);
}

followed_epochs read_epochs(protocol::reader& from)
{
    followed_epochs epochs;
    const std::uint64_t count = from.lenenc();
    if (count > from.remaining() / least_place)
        from.fail();
    for (std::uint64_t left = count; left > 0 && from.ok(); --left)
        epochs.known_up_to.push_back(rewrite::read_coordinate(from));
    epochs.past_the_log = read_set(from);
    epochs.lost = read_set(from);
    epochs.anonymous = from.u8() != 0;
    return epochs;
}

}  // namespace

protocol::byte_buffer to_bytes(const checkpoint& saved)
{
    protocol::byte_buffer content;
    protocol::writer out(content);
    out.u32(saved.number).u64(saved.clean_end);
    out.u32(saved.pull_from.epoch).text_lenenc(saved.pull_from.file);
    out.u64(saved.pull_from.position);
    out.bytes(saved.identity.log.uuid).text_lenenc(saved.identity.log.file);
    out.u32(saved.identity.format_timestamp);
    out.u64(saved.map_records).u8(saved.map_last ? 1 : 0);
    if (saved.map_last)
        append_edit_record(content, *saved.map_last);
    out.lenenc(saved.rewriter_state.size()).bytes(saved.rewriter_state);
    append_epochs(out, saved.epochs);
    return seal_document(checkpoint_magic, checkpoint_version, content);
}

protocol::result<checkpoint> parse_checkpoint(protocol::byte_view bytes)
{
    auto content = open_document(checkpoint_magic, checkpoint_version, bytes);
    const bool has_epochs = content.has_value();
    if (!content && content.error() == protocol::errc::unsupported)
        content = open_document(checkpoint_magic, version_without_epochs, bytes);
    if (!content)
        return tl::unexpected(content.error());
    protocol::reader in(*content);
    checkpoint saved;
    saved.number = in.u32();
    saved.clean_end = in.u64();
    saved.pull_from.epoch = in.u32();
    saved.pull_from.file = in.text(in.lenenc());
    saved.pull_from.position = in.u64();
    source_log& log = saved.identity.log;
    log.epoch = saved.pull_from.epoch;
    const protocol::byte_view uuid = in.bytes(log.uuid.size());
    if (in.ok())
        std::ranges::copy(uuid, log.uuid.begin());
    log.file = in.text(in.lenenc());
    saved.identity.format_timestamp = in.u32();
    saved.map_records = in.u64();
    if (in.u8() != 0) {
        const auto last = parse_edit_record(in.bytes(edit_record_size));
        if (!last)
            return tl::unexpected(last.error());
        saved.map_last = *last;
    }
    const protocol::byte_view state = in.bytes(in.lenenc());
    saved.rewriter_state.assign(state.begin(), state.end());
    if (has_epochs)
        saved.epochs = read_epochs(in);
    if (!in.ok())
        return tl::unexpected(protocol::errc::truncated);
    if (in.remaining() != 0)
        return tl::unexpected(protocol::errc::bad_value);
    return saved;
}

}  // namespace proxy
