#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <memory>
#include <optional>

// The compressed protocol: outer packets (3 bytes size, 1 byte number, 3 bytes size before
// compression, 0 where nothing is compressed) around the stream of ordinary ones. An ordinary
// packet may begin and end anywhere in them. Source: sql-common/net_serv.cc (compress_packet,
// net_read_compressed_packet), mysys/my_compress.cc.
namespace protocol {

enum class stream_compression : std::uint8_t {
    none,
    zlib,
    zstd,
};

// One side's compression of what it sends. Not to be moved between threads in mid-call.
class compressor
{
public:
    // `level`: of zstd, 1 to 22; zlib has its default.
    explicit compressor(stream_compression how, int level = 3);
    ~compressor();
    compressor(compressor&&) noexcept;
    compressor& operator=(compressor&&) noexcept;

    // Appends outer packets that hold these bytes; small ones and what does not shrink go as they
    // are. `sequence`: number of the next outer packet; is counted on.
    void append(byte_buffer& out, byte_view bytes, std::uint8_t& sequence);

private:
    struct state;
    std::unique_ptr<state> state_;
};

// The other direction: outer bytes in, inner bytes out.
class decompressor
{
public:
    explicit decompressor(stream_compression how);
    ~decompressor();
    decompressor(decompressor&&) noexcept;
    decompressor& operator=(decompressor&&) noexcept;

    // Exactly `size` bytes to write to, then commit(how many came); as packet_splitter's.
    std::span<std::uint8_t> prepare(std::size_t size);
    void commit(std::size_t size);
    // The next inner bytes, 64 KiB at most, of an outer packet that is whole, or nothing if more
    // are needed; valid until the next call. bad_value: they are not what the header says.
    result<std::optional<byte_view>> next();
    // Number for our next outer packet, as the peer's last one wants it.
    std::uint8_t sequence() const { return sequence_; }

private:
    struct state;
    std::unique_ptr<state> state_;
    std::uint8_t sequence_ = 0;
};

}  // namespace protocol
