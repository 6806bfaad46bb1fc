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

namespace {

// One compressed body in pieces, so that 16 kB which claim to be 16 MB cost no more than a piece.
class inflation
{
public:
    explicit inflation(stream_compression how) : how_(how) {}
    ~inflation()
    {
        if (zlib_)
            ::inflateEnd(zlib_.get());
    }
    inflation(const inflation&) = delete;
    inflation& operator=(const inflation&) = delete;

    bool begin()
    {
        ended_ = false;
        if (how_ == stream_compression::zstd) {
            if (!zstd_)
                zstd_.reset(ZSTD_createDCtx());
            return !ZSTD_isError(ZSTD_DCtx_reset(zstd_.get(), ZSTD_reset_session_only));
        }
        if (zlib_)
            return ::inflateReset(zlib_.get()) == Z_OK;
        zlib_ = std::make_unique<z_stream>();
        return ::inflateInit(zlib_.get()) == Z_OK;
    }
    // Takes of `from` what it needs and fills `to`; how much of either. Nothing: it is damaged.
    struct amount
    {
        std::size_t taken = 0;
        std::size_t given = 0;
    };
    std::optional<amount> run(byte_view from, std::span<std::uint8_t> to)
    {
        if (how_ == stream_compression::zstd) {
            ZSTD_inBuffer in{from.data(), from.size(), 0};
            ZSTD_outBuffer out{to.data(), to.size(), 0};
            while (!ended_ && out.pos < out.size) {
                const std::size_t before = in.pos + out.pos;
                const std::size_t left = ZSTD_decompressStream(zstd_.get(), &out, &in);
                if (ZSTD_isError(left))
                    return std::nullopt;
                ended_ = left == 0;
                if (in.pos + out.pos == before)
                    break;
            }
            return amount{in.pos, out.pos};
        }
        // zlib's interface is older than const.
        zlib_->next_in = const_cast<Bytef*>(from.data());  // NOLINT(*-const-cast)
        zlib_->avail_in = static_cast<uInt>(from.size());
        zlib_->next_out = to.data();
        zlib_->avail_out = static_cast<uInt>(to.size());
        const int code = ::inflate(zlib_.get(), Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return std::nullopt;
        ended_ = code == Z_STREAM_END;
        return amount{from.size() - zlib_->avail_in, to.size() - zlib_->avail_out};
    }
    bool ended() const { return ended_; }

private:
    stream_compression how_;
    std::unique_ptr<z_stream> zlib_;
    std::unique_ptr<ZSTD_DCtx, free_context> zstd_;
    bool ended_ = false;
};

constexpr std::size_t piece_size = 64U << 10;

}  // namespace

struct decompressor::state
{
    explicit state(stream_compression how) : stream(how) {}

    inflation stream;
    byte_buffer outer;
    std::size_t begin = 0;
    std::size_t end = 0;
    // Of the packet that is being given.
    std::size_t body_left = 0;
    std::size_t inner_left = 0;
    byte_buffer piece;

    result<std::optional<byte_view>> next_piece();
};

decompressor::decompressor(stream_compression how) : state_(std::make_unique<state>(how)) {}
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

// One byte more is asked for at the end: there must be none.
result<std::optional<byte_view>> decompressor::state::next_piece()
{
    const std::size_t size = std::min(inner_left, piece_size);
    piece.resize(size == inner_left ? size + 1 : size);
    const auto made = stream.run(byte_view(outer).subspan(begin, body_left), piece);
    if (!made || made->given != size || (size == inner_left && !stream.ended()))
        return tl::unexpected(errc::bad_value);
    inner_left -= size;
    begin += inner_left == 0 ? body_left : made->taken;
    body_left = inner_left == 0 ? 0 : body_left - made->taken;
    return byte_view(piece).first(size);
}

result<std::optional<byte_view>> decompressor::next()
{
    state& my = *state_;
    if (my.inner_left != 0)
        return my.next_piece();
    const byte_view pending = byte_view(my.outer).subspan(my.begin, my.end - my.begin);
    if (pending.size() < header_size)
        return std::nullopt;
    const std::size_t size = load_le(pending.first(3));
    const std::size_t before = load_le(pending.subspan(4, 3));
    if (pending.size() - header_size < size)
        return std::nullopt;
    sequence_ = static_cast<std::uint8_t>(pending[3] + 1);
    my.begin += header_size;
    if (before == 0) {
        my.begin += size;
        return pending.subspan(header_size, size);
    }
    my.body_left = size;
    my.inner_left = before;
    if (!my.stream.begin())
        return tl::unexpected(errc::bad_value);
    return my.next_piece();
}

}  // namespace protocol
