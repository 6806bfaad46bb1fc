#include "protocol/compressed_packet.hpp"

#include <algorithm>
#include <zlib.h>
#include <zstd.h>

namespace protocol {
namespace {

constexpr std::size_t header_size = 3 + 1 + 3;
constexpr std::size_t max_outer = 0xffffff;
constexpr std::size_t worth_compressing = 50;  // MIN_COMPRESS_LENGTH

struct free_context
{
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

void put_header(std::uint8_t* at, std::size_t size, std::uint8_t number, std::size_t before)
{
    store_le(std::span(at, 3), size);
    at[3] = number;
    store_le(std::span(at + 4, 3), before);
}

}  // namespace

struct compressor::state
{
    stream_compression how;
    int level;
    std::unique_ptr<ZSTD_CCtx, free_context> context;

    // Bytes written to `to`; 0: they do not fit, so they did not shrink.
    std::size_t compress(std::span<std::uint8_t> to, byte_view bytes)
    {
        if (how == stream_compression::zlib) {
            uLongf size = to.size();
            return ::compress(to.data(), &size, bytes.data(), bytes.size()) == Z_OK ? size : 0;
        }
        if (!context)
            context.reset(ZSTD_createCCtx());
        const std::size_t size = ZSTD_compressCCtx(
            context.get(), to.data(), to.size(), bytes.data(), bytes.size(), level
        );
        return ZSTD_isError(size) ? 0 : size;
    }
};

compressor::compressor(stream_compression how, int level)
    : state_(std::make_unique<state>(state{how, std::clamp(level, 1, 22), nullptr}))
{}
compressor::~compressor() = default;
compressor::compressor(compressor&&) noexcept = default;
compressor& compressor::operator=(compressor&&) noexcept = default;

void compressor::append(byte_buffer& out, byte_view bytes, std::uint8_t& sequence)
{
    while (!bytes.empty()) {
        const byte_view part = bytes.first(std::min(bytes.size(), max_outer));
        const std::size_t at = out.size();
        out.resize(at + header_size + part.size());
        const std::span<std::uint8_t> body = std::span(out).subspan(at + header_size);
        const std::size_t size = part.size() < worth_compressing ? 0 : state_->compress(body, part);
        if (size == 0) {
            put_header(out.data() + at, part.size(), sequence++, 0);
            std::ranges::copy(part, body.begin());
        } else {
            put_header(out.data() + at, size, sequence++, part.size());
            out.resize(at + header_size + size);
        }
        bytes = bytes.subspan(part.size());
    }
}

struct decompressor::state
{
    stream_compression how = stream_compression::none;
    std::unique_ptr<ZSTD_DCtx, free_context> context;
    byte_buffer outer;
    std::size_t begin = 0;
    std::size_t end = 0;
    byte_buffer inner;

    // Exactly inner.size() bytes.
    bool decompress(byte_view bytes)
    {
        if (how == stream_compression::zlib) {
            uLongf size = inner.size();
            return ::uncompress(inner.data(), &size, bytes.data(), bytes.size()) == Z_OK &&
                   size == inner.size();
        }
        if (!context)
            context.reset(ZSTD_createDCtx());
        return ZSTD_decompressDCtx(
                   context.get(), inner.data(), inner.size(), bytes.data(), bytes.size()
               ) == inner.size();
    }
};

decompressor::decompressor(stream_compression how) : state_(std::make_unique<state>())
{
    state_->how = how;
}
decompressor::~decompressor() = default;
decompressor::decompressor(decompressor&&) noexcept = default;
decompressor& decompressor::operator=(decompressor&&) noexcept = default;

std::span<std::uint8_t> decompressor::prepare(std::size_t size)
{
    state& my = *state_;
    std::copy(my.outer.data() + my.begin, my.outer.data() + my.end, my.outer.data());
    my.end -= my.begin;
    my.begin = 0;
    if (my.outer.size() - my.end < size)
        my.outer.resize(my.end + size);
    return std::span(my.outer).subspan(my.end, size);
}

void decompressor::commit(std::size_t size)
{
    state_->end += size;
}

result<std::optional<byte_view>> decompressor::next()
{
    state& my = *state_;
    const byte_view pending = byte_view(my.outer).subspan(my.begin, my.end - my.begin);
    if (pending.size() < header_size)
        return std::nullopt;
    const std::size_t size = load_le(pending.first(3));
    const std::size_t before = load_le(pending.subspan(4, 3));
    if (pending.size() - header_size < size)
        return std::nullopt;
    sequence_ = static_cast<std::uint8_t>(pending[3] + 1);
    my.begin += header_size + size;
    const byte_view body = pending.subspan(header_size, size);
    if (before == 0)
        return body;
    my.inner.resize(before);
    if (!my.decompress(body))
        return tl::unexpected(errc::bad_value);
    return byte_view(my.inner);
}

}  // namespace protocol
