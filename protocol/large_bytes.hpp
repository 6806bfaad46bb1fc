#pragma once

#include "protocol/bytes.hpp"

#include <algorithm>
#include <functional>
#include <memory>

namespace protocol {

// Bytes that are too many for memory, seen as if they were there: whoever owns them brings parts
// in as they are touched. What goes through all of them does so with in_pieces().
class large_bytes : public std::enable_shared_from_this<large_bytes>
{
public:
    virtual ~large_bytes() = default;
    large_bytes() = default;
    large_bytes(const large_bytes&) = delete;
    large_bytes& operator=(const large_bytes&) = delete;

    // As long as this lives.
    virtual byte_view view() const = 0;
    // What was touched may leave memory; the view stays as it is.
    virtual void let_go() const = 0;
};

// They arrive: add(), add() ..., finish(), then view(). False: lost, nothing is to be had of them.
class gathered_bytes : public large_bytes
{
public:
    virtual bool add(byte_view bytes) = 0;
    virtual bool finish() = 0;
};
using make_gathered = std::function<std::shared_ptr<gathered_bytes>()>;

constexpr std::size_t large_piece_size = 4U << 20;

// Calls use(piece) for `bytes`, in order, until it returns false; then false. `of`: what they are a
// part of; null: they are in memory, and are one piece.
template <class Use>
bool in_pieces(byte_view bytes, const large_bytes* of, const Use& use)
{
    if (of == nullptr)
        return use(bytes);
    bool more = true;
    while (more && !bytes.empty()) {
        const byte_view piece = bytes.first(std::min(bytes.size(), large_piece_size));
        more = use(piece);
        bytes = bytes.subspan(piece.size());
        of->let_go();
    }
    return more;
}

}  // namespace protocol
