#include "protocol/payload_event.hpp"

#include "protocol/event_writer.hpp"
#include "protocol/reader.hpp"

#include <algorithm>
#include <zstd.h>

namespace protocol {
namespace {

// Fields of the event: number, length, value, all length-encoded (codecs/binary.cpp).
enum class payload_field : std::uint64_t {
    end = 0,
    size = 1,
    compression = 2,
    uncompressed_size = 3,
};

// binlog_transaction_compression_level_zstd of a server that nobody told otherwise.
constexpr int compression_level = 3;

void append_field(writer& to, payload_field field, std::uint64_t value)
{
    to.lenenc(static_cast<std::uint64_t>(field)).lenenc(lenenc_size(value)).lenenc(value);
}

struct free_zstd
{
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

// What zstd writes into. Not zeroed: that would cost more than most transactions do.
struct raw_chunk
{
    std::size_t size = 0;
    std::unique_ptr<std::uint8_t[]> bytes;

    raw_chunk() = default;
    explicit raw_chunk(std::size_t wanted)
        : size(wanted)
        , bytes(std::make_unique_for_overwrite<std::uint8_t[]>(wanted))
    {}
    byte_view first(std::size_t count) const { return byte_view(bytes.get(), size).first(count); }
};

}  // namespace

result<payload_view> parse_payload(byte_view body)
{
    reader in(body);
    payload_view payload;
    std::optional<std::uint64_t> size;
    for (;;) {
        const auto field = static_cast<payload_field>(in.lenenc());
        if (!in.ok())
            return tl::unexpected(errc::truncated);
        if (field == payload_field::end)
            break;
        reader value(in.bytes(in.lenenc()));
        switch (field) {
            case payload_field::size: size = value.lenenc(); break;
            case payload_field::compression:
                payload.kind = static_cast<compression>(value.lenenc());
                break;
            case payload_field::uncompressed_size:
                payload.uncompressed_size = value.lenenc();
                break;
            default: break;  // a later release's
        }
        if (!in.ok() || !value.ok())
            return tl::unexpected(errc::truncated);
    }
    if (!size || *size < in.remaining())
        return tl::unexpected(errc::bad_value);
    payload.payload = in.bytes(*size);
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    return payload;
}

byte_view append_payload(
    byte_buffer& out, const event_header& header, const payload_view& payload, checksum sum
)
{
    event_writer event(out, header);
    writer& to = event.body();
    append_field(to, payload_field::compression, static_cast<std::uint64_t>(payload.kind));
    if (payload.kind != compression::none)
        append_field(to, payload_field::uncompressed_size, payload.uncompressed_size);
    append_field(to, payload_field::size, payload.payload.size());
    to.lenenc(static_cast<std::uint64_t>(payload_field::end)).bytes(payload.payload);
    return event.finish(sum);
}

// What is decompressed lies in `chunk`; an event that does not lie there whole is put together in
// `event`, which grows with what really comes, not with what the event promises.
struct payload_reader::state
{
    payload_view payload;
    std::size_t max_event = 0;
    std::unique_ptr<ZSTD_DCtx, free_zstd> context;
    ZSTD_inBuffer input{};
    bool frame_is_open = false;
    raw_chunk chunk;
    byte_view pending;  // of the chunk, or of an uncompressed payload
    byte_buffer event;

    // More bytes into an empty `pending`; false at the end.
    result<bool> refill();
    // Size of the event that begins with `have`, or a header's while that is not known.
    result<std::size_t> wanted_size(byte_view have) const;
    // Puts at most `limit` pending bytes at the end of `event`.
    void keep_pending(std::size_t limit);
};

result<bool> payload_reader::state::refill()
{
    if (context == nullptr)
        return false;
    for (;;) {
        if (input.pos == input.size && !frame_is_open)
            return false;
        ZSTD_outBuffer output{.dst = chunk.bytes.get(), .size = chunk.size, .pos = 0};
        const std::size_t before = input.pos;
        const std::size_t left = ZSTD_decompressStream(context.get(), &output, &input);
        if (ZSTD_isError(left) != 0)
            return tl::unexpected(errc::bad_value);
        frame_is_open = left != 0;
        if (output.pos != 0) {
            pending = chunk.first(output.pos);
            return true;
        }
        if (frame_is_open && input.pos == before)
            return tl::unexpected(errc::truncated);
    }
}

result<std::size_t> payload_reader::state::wanted_size(byte_view have) const
{
    if (have.size() < event_header_size)
        return event_header_size;
    const std::size_t size = load_event_header(have).size;
    if (size < event_header_size)
        return tl::unexpected(errc::bad_value);
    if (size > max_event)
        return tl::unexpected(errc::too_large);
    return size;
}

void payload_reader::state::keep_pending(std::size_t limit)
{
    const byte_view part = pending.first(std::min(limit, pending.size()));
    event.insert(event.end(), part.begin(), part.end());
    pending = pending.subspan(part.size());
}

payload_reader::payload_reader(const payload_view& payload, std::size_t max_event)
    : state_(std::make_unique<state>())
{
    state_->payload = payload;
    state_->max_event = max_event;
    if (payload.kind == compression::zstd) {
        state_->context.reset(ZSTD_createDCtx());
        state_->input = {.src = payload.payload.data(), .size = payload.payload.size(), .pos = 0};
        state_->chunk = raw_chunk(ZSTD_DStreamOutSize());
    } else {
        state_->pending = payload.payload;
    }
}

payload_reader::~payload_reader() = default;

result<std::optional<event_view>> payload_reader::next()
{
    state& from = *state_;
    if (from.payload.kind != compression::zstd && from.payload.kind != compression::none)
        return tl::unexpected(errc::unsupported);
    if (from.payload.kind == compression::zstd && from.context == nullptr)
        return tl::unexpected(errc::too_large);  // no memory for it

    from.event.clear();
    for (;;) {
        // The usual case: nothing is put together, the event lies in the chunk whole.
        const bool in_place = from.event.empty();
        const byte_view have = in_place ? from.pending : byte_view(from.event);
        const auto wanted = from.wanted_size(have);
        if (!wanted)
            return tl::unexpected(wanted.error());
        if (have.size() >= *wanted) {
            if (in_place)
                from.pending = from.pending.subspan(*wanted);
            return parse_event(have.first(*wanted), checksum::none);
        }
        if (!from.pending.empty()) {
            from.keep_pending(*wanted - from.event.size());
            continue;
        }
        const auto more = from.refill();
        if (!more)
            return tl::unexpected(more.error());
        if (!*more && in_place)
            return std::nullopt;
        if (!*more)
            return tl::unexpected(errc::truncated);
    }
}

struct payload_compressor::state
{
    byte_buffer& out;
    std::unique_ptr<ZSTD_CCtx, free_zstd> context;
    raw_chunk chunk;
    std::uint64_t uncompressed = 0;

    result<void> feed(byte_view bytes, ZSTD_EndDirective end);
};

result<void> payload_compressor::state::feed(byte_view bytes, ZSTD_EndDirective end)
{
    ZSTD_inBuffer input{.src = bytes.data(), .size = bytes.size(), .pos = 0};
    for (;;) {
        ZSTD_outBuffer output{.dst = chunk.bytes.get(), .size = chunk.size, .pos = 0};
        const std::size_t left = ZSTD_compressStream2(context.get(), &output, &input, end);
        if (ZSTD_isError(left) != 0)
            return tl::unexpected(errc::bad_value);
        const byte_view piece = chunk.first(output.pos);
        out.insert(out.end(), piece.begin(), piece.end());
        if (end == ZSTD_e_end ? left == 0 : input.pos == input.size)
            return {};
    }
}

payload_compressor::payload_compressor(byte_buffer& out)
    : state_(std::make_unique<state>(state{
          .out = out,
          .context = std::unique_ptr<ZSTD_CCtx, free_zstd>(ZSTD_createCCtx()),
          .chunk = raw_chunk(ZSTD_CStreamOutSize()),
      }))
{
    ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, compression_level);
}

payload_compressor::~payload_compressor() = default;

result<void> payload_compressor::add(byte_view event)
{
    state_->uncompressed += event.size();
    return state_->feed(event, ZSTD_e_continue);
}

result<void> payload_compressor::finish()
{
    return state_->feed({}, ZSTD_e_end);
}

std::uint64_t payload_compressor::uncompressed_size() const
{
    return state_->uncompressed;
}

}  // namespace protocol
